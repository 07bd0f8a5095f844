//! Calling a hook: with a time limit, and without passing its panic on.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// How long a call of a hook may take.
pub const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) type Hook<A, T> = Arc<dyn Fn(A) -> Pin<Box<dyn Future<Output = T> + Send>> + Send + Sync>;

/// Why a hook has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// It did not finish within [`TIMEOUT`].
    #[error("the hook `{hook}` did not finish within {} s: make it faster", TIMEOUT.as_secs())]
    Timeout {
        /// The name of the hook.
        hook: &'static str,
    },
    /// It panicked; the log has the panic.
    #[error("the hook `{hook}` panicked")]
    Panicked {
        /// The name of the hook.
        hook: &'static str,
    },
}

/// Calls a hook that the operation depends on.
pub(super) async fn call<A, T>(name: &'static str, hook: &Hook<A, T>, argument: A) -> Result<T, HookError> {
    // The function may panic as well, before it returns the future.
    let mut running = pin!(async { hook(argument).await });
    let caught = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(_) => Poll::Ready(Err(HookError::Panicked { hook: name })),
    });
    tokio::time::timeout(TIMEOUT, caught).await.map_err(|_| HookError::Timeout { hook: name })?
}
