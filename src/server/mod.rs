//! The server around the crates: its routes and files, the command line, what it does on its own, and how it starts.

pub mod cli;
pub mod demo;
pub mod jobs;
pub mod openapi;
pub mod router;
pub mod site;
pub mod startup;
pub mod telemetry;
