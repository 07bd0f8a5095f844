//! How a session begins and ends in this browser: by logging in and out, or because the server reports it.

use super::tab::tab;
use crate::sign_in::auth;
use latchkey_wire::{ApiError, EndReason, FieldValues, PlainPassword};

/// Logs in and stores the tokens, for this browser or for this tab only.
///
/// # Errors
/// Those of [`auth::login`].
pub async fn log_in(username: String, password: PlainPassword, remember: bool) -> Result<(), ApiError> {
    tab().sign_in(auth::login(username, password.into(), Some(remember)).await?, remember);
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
    fields: FieldValues,
    remember: bool,
) -> Result<(), ApiError> {
    let fields = Some(fields).filter(|fields| !fields.is_empty());
    tab().sign_in(auth::register(username, password.into(), display_name, fields, Some(remember)).await?, remember);
    Ok(())
}

/// Logs out: here at once, and at the server by a message that is sent even if the page is closed at the same moment.
/// Browser only.
pub fn log_out() {
    tab().log_out();
}

/// Ends the session in this browser because it is over at the server, and remembers why. Browser only.
pub fn end(reason: EndReason) {
    tab().end(reason);
}
