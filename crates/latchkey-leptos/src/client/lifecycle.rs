//! Starts and ends the session in this browser: at login and logout, or because the server reports its end.

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
    let fields = Some(fields).filter(|fields| !fields.is_empty()).map(Into::into);
    tab().sign_in(auth::register(username, password.into(), display_name, fields, Some(remember)).await?, remember);
    Ok(())
}

/// Logs out: in this browser at once, and at the server by a request that the browser sends even if the page is closed
/// at the same moment. Browser only.
pub fn log_out() {
    tab().log_out();
}

/// Ends the session in this browser because it has ended at the server, and keeps the reason for the view. Browser
/// only.
pub fn end(reason: EndReason) {
    tab().end(reason);
}
