//! Background jobs of a running server. Each `run` is a future that never completes. An application must poll all of
//! them beside its listener; otherwise rows of deleted accounts stay, bulk revocations are not written into the rows of
//! sessions, and a changed keyring is not reloaded.

pub mod finish;
pub mod gauges;
pub mod keyring;
pub mod prune;
