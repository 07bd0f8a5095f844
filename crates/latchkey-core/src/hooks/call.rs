//! Calls a hook with a time limit, and turns its panic into an error.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// How long a call of a hook may take.
pub const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) type Hook<A, T> = Arc<dyn Fn(A) -> Pin<Box<dyn Future<Output = T> + Send>> + Send + Sync>;

/// Why a hook did not return a result.
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

/// Calls a hook whose result the operation needs.
pub(super) async fn call<A, T>(name: &'static str, hook: &Hook<A, T>, argument: A) -> Result<T, HookError> {
    // The call is inside the future, because the function itself may panic as well.
    let mut running = pin!(async { hook(argument).await });
    let caught = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(_) => Poll::Ready(Err(HookError::Panicked { hook: name })),
    });
    tokio::time::timeout(TIMEOUT, caught).await.map_err(|_| HookError::Timeout { hook: name })?
}
