//! How a refresh went, for its callers.

use crate::record::Record;
use futures::future::{LocalBoxFuture, Shared};
use latchkey_wire::{ApiError, EndReason};

/// How a refresh went, for its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This record is in the storage now, from this tab or another.
    Refreshed(Record),
    /// The session is over and this tab is a guest.
    Refused(EndReason),
    /// Undecided: still signed in with the old tokens, worth another try later.
    Failed(ApiError),
}

/// A refresh under way, which any number of callers wait for.
pub type InFlight = Shared<LocalBoxFuture<'static, Outcome>>;
