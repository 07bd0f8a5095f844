//! What every change of the rows takes.

use crate::clock::Clock;
use crate::random::Random;
use crate::store::Store;
use std::sync::Arc;

/// The rows, and what it takes to change them. The command line works with this much and no more: it needs no keys, and
/// leaves the data folder to the server.
pub struct Ledger {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}
