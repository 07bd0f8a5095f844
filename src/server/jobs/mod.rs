//! What the server does on its own, without being asked.

pub mod finish;
pub mod gauges;
pub mod keyring;
pub mod prune;
