//! What the server does on its own, without being asked.

pub mod gauges;
pub mod prune;
