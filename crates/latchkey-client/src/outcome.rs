//! The outcome of a refresh.

use crate::record::Record;
use futures::future::{LocalBoxFuture, Shared};
use latchkey_wire::{ApiError, EndReason};

/// The outcome of a refresh, for its callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The storage has this record now, from this tab or another.
    Refreshed(Record),
    /// The session has ended, and the user of this tab is a guest.
    Refused(EndReason),
    /// The refresh failed. The user stays signed in with the old tokens, and the client tries again later.
    Failed(ApiError),
}

/// A refresh in progress, for which any number of callers can wait.
pub type InFlight = Shared<LocalBoxFuture<'static, Outcome>>;
