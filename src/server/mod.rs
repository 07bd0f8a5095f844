//! The server around `latchkey-core`: HTTP, the command line, what it does on its own, and how it starts.

pub mod cli;
pub mod demo;
pub mod http;
pub mod jobs;
pub mod startup;
pub mod telemetry;
