//! Starts a server: locks and opens its data, listens, and serves until it is asked to stop.
//!
//! Existing data is opened or rejected, never overwritten.

mod check;
mod error;
mod files;
mod latchkey;
mod serve;

pub use check::{RouteFault, check_routes};
pub use error::StartupError;
pub use files::{DataLock, RESTORING, folder_of, lock_data, with_suffix};
pub use latchkey::{Latchkey, Parts, open_existing};
pub use serve::stop_signal;
