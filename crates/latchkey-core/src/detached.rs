//! Tasks that complete even if the client disconnects.

use tracing::Instrument as _;

/// The task panicked, or the runtime was shut down before the task completed.
#[derive(Debug, thiserror::Error)]
#[error("the task panicked or was cancelled by a shutdown")]
pub struct TaskFailed;

/// Runs `work` in a task of its own and waits for the result. Axum drops the future of a request when the client
/// disconnects or the request takes too long; the task continues. The check of a password needs this: the attempt is
/// counted as a failure before the check, and the task takes it back if the password is right, or records it in the
/// security log if it is wrong.
///
/// # Errors
/// Those of `work`, and [`TaskFailed`] if it panics or the runtime is shut down.
pub async fn detached<T: Send + 'static, E: From<TaskFailed> + Send + 'static>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    tokio::spawn(work.in_current_span()).await.unwrap_or_else(|_| Err(TaskFailed.into()))
}
