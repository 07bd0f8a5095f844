//! How a session begins and ends in this browser: by logging in and out, and because the server or another tab says so.

use super::{
    claims::session_of,
    farewell,
    journal::{self, Deed},
    seen::make_seen,
    session::{close, sync, was_in},
    storage::{self, Record},
    tabs,
};
use crate::sign_in::auth;
use latchkey_wire::{ApiError, EndReason, Secret, Tokens};

/// Logs in and stores the tokens, for this browser or for this tab only.
///
/// # Errors
/// Those of [`auth::login`].
pub async fn log_in(username: String, password: Secret, remember: bool) -> Result<(), ApiError> {
    begin(auth::login(username, password, Some(remember)).await?, remember);
    Ok(())
}

/// Creates an account and signs in with it.
///
/// # Errors
/// Those of [`auth::register`].
pub async fn register(
    username: String,
    password: Secret,
    display_name: Option<String>,
    remember: bool,
) -> Result<(), ApiError> {
    begin(auth::register(username, password, display_name, Some(remember)).await?, remember);
    Ok(())
}

/// Logs out: here at once, and at the server by a message that is sent even if the page is closed at the same moment.
pub fn log_out() {
    let record = storage::leave();
    if let Some(record) = record {
        tabs::tell_end(&record, None);
        farewell::say(record.refresh_token);
    }
    close(None);
}

fn begin(tokens: Tokens, remember: bool) {
    let displaced = storage::store(Record::received_now(tokens), remember);
    journal::note(Deed::SignedIn);
    sync();
    make_seen();
    for record in displaced {
        tabs::tell_end(&record, None);
        farewell::say(record.refresh_token);
    }
}

/// Ends the session in this browser because it is over at the server, and remembers why.
pub fn end(reason: EndReason) {
    if let Some(record) = storage::leave() {
        tabs::tell_end(&record, Some(reason));
    }
    close(Some(reason));
}

/// Follows another tab that has found the session over, or has logged out of it. Whoever is in another session by now
/// does not mind.
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
        // The storage has told already, but not why.
        None => close(reason),
    }
}
