//! The server application: startup, routes, static files, background jobs, the log and the command line.

pub mod cli;
pub mod demo;
pub mod openapi;
pub mod router;
pub mod site;
pub mod startup;
pub mod telemetry;
