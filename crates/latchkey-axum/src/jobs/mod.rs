//! Background jobs of a running server. Each `run` works for as long as it is polled; an application runs all of them beside
//! its listener, or rows of deleted accounts and of bulk revocations stay, and a changed keyring is not reloaded.

pub mod finish;
pub mod gauges;
pub mod keyring;
pub mod prune;
