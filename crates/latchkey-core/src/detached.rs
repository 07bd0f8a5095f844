//! Work that completes even if the client disconnects.

use tracing::Instrument as _;

/// The work panicked.
#[derive(Debug, thiserror::Error)]
#[error("the work panicked")]
pub struct Panicked;

/// Runs work to its end, even if the client no longer waits for the response. An attempt at a password, for example, is
/// counted before the password is checked. If the client disconnects in between, the attempt must not stay counted as a
/// failure although the password was right, and the security log must have it if the password was wrong.
///
/// # Errors
/// Those of the work, and [`Panicked`].
pub async fn detached<T: Send + 'static, E: From<Panicked> + Send + 'static>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    tokio::spawn(work.in_current_span()).await.unwrap_or_else(|_| Err(Panicked.into()))
}
