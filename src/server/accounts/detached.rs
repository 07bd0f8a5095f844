//! Work that a client has begun and may not break off.

use super::AccountError;
use tracing::Instrument as _;

/// Runs work to its end, whether or not the client waits for the answer. An attempt at a password is counted before the
/// password is checked: a client that hangs up in between, on purpose or not, must not leave it counted as a failure
/// although the password was right, nor uncounted in the security log although it was wrong.
///
/// # Errors
/// Those of the work, and [`AccountError::Panicked`].
pub async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, AccountError>> + Send + 'static,
) -> Result<T, AccountError> {
    tokio::spawn(work.in_current_span()).await.unwrap_or(Err(AccountError::Panicked))
}
