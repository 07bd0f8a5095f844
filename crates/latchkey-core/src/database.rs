//! The database, with the clock and the random generator that every change of its rows needs.

use crate::clock::Clock;
use crate::random::Random;
use crate::store::Store;
use std::sync::Arc;

/// A database to work on. The command line needs no more than this: no keys, and no data folder.
pub struct Database {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}
