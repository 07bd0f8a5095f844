//! Background jobs of the server.

pub mod finish;
pub mod gauges;
pub mod keyring;
pub mod prune;
