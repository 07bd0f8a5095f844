//! What every change of the rows takes.

use crate::clock::Clock;
use crate::random::Random;
use crate::store::Store;
use std::sync::Arc;

/// The database, the clock and the random generator: what the command line works with. It needs no keys, and leaves the
/// data folder to the server.
pub struct Ledger {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}
