//! How a session begins and ends in this browser: by logging in and out, or because the server or another tab reports
//! it.

use super::{
    claims::session_of,
    event_log::{self, ClientEvent},
    logout_queue,
    seen::make_seen,
    session::{close, sync, was_in},
    storage::{self, Record},
    tabs,
};
use crate::sign_in::auth;
use latchkey_wire::{ApiError, EndReason, PlainPassword, Tokens};

/// Logs in and stores the tokens, for this browser or for this tab only.
///
/// # Errors
/// Those of [`auth::login`].
pub async fn log_in(username: String, password: PlainPassword, remember: bool) -> Result<(), ApiError> {
    begin(auth::login(username, password.into(), Some(remember)).await?, remember);
    Ok(())
}

/// Creates an account and signs in with it.
///
/// # Errors
/// Those of [`auth::register`].
pub async fn register(
    username: String,
    password: PlainPassword,
    display_name: Option<String>,
    remember: bool,
) -> Result<(), ApiError> {
    begin(auth::register(username, password.into(), display_name, Some(remember)).await?, remember);
    Ok(())
}

/// Logs out: here at once, and at the server by a message that is sent even if the page is closed at the same moment.
pub fn log_out() {
    let record = storage::leave();
    if let Some(record) = record {
        tabs::broadcast_end(&record, None);
        logout_queue::send(record.refresh_token);
    }
    close(None);
}

fn begin(tokens: Tokens, remember: bool) {
    let displaced = storage::store(Record::received_now(tokens), remember);
    event_log::record(ClientEvent::SignedIn);
    sync();
    make_seen();
    for record in displaced {
        tabs::broadcast_end(&record, None);
        logout_queue::send(record.refresh_token);
    }
}

/// Ends the session in this browser because it is over at the server, and remembers why.
pub fn end(reason: EndReason) {
    if let Some(record) = storage::leave() {
        tabs::broadcast_end(&record, Some(reason));
    }
    close(Some(reason));
}

/// Follows another tab that has found the session over, or has logged out of it. A tab that is in another session by
/// now ignores this.
pub fn ended_elsewhere(session: &str, reason: Option<EndReason>) {
    if !was_in(session) {
        return;
    }
    match storage::read() {
        Some(record) if session_of(&record).as_deref() != Some(session) => {}
        Some(_) => {
            storage::leave();
            close(reason);
        }
        // The storage event came before, but without the reason.
        None => close(reason),
    }
}
