//! Changes the password.

use super::tab::tab;
pub use latchkey_client::Change;
use latchkey_wire::{ApiError, Tokens};

/// Changes the password with this call, and stores the session's new tokens:
/// [`SessionClient::change_password`](latchkey_client::SessionClient::change_password). Browser only.
///
/// # Errors
/// Those of the call, or of a refresh before it; the password is not changed.
pub async fn change(call: impl Future<Output = Result<Tokens, ApiError>>) -> Result<Change, ApiError> {
    tab().change_password(call).await
}
