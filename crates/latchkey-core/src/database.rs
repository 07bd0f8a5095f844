//! The database, with the clock and the random generator that changes of its rows need.

use crate::clock::Clock;
use crate::random::Random;
use crate::store::Store;
use std::sync::Arc;

/// An open database. The commands for accounts and sessions need only this: no keys, and no data folder.
pub struct Database {
    /// The connections.
    pub store: Store,
    /// The current time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids and secrets.
    pub random: Arc<dyn Random>,
}
