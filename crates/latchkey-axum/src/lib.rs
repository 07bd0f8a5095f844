//! Latchkey's HTTP API for [Axum](axum): handlers and routes for the operations, extractors for your own routes, and
//! the request pipeline between the socket and the routes.
//!
//! Modules depend on each other in one direction:
//! `startup → pipeline, openapi, routes → handlers, oauth → request → state → settings`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod body;
mod client_address;
pub mod connections;
mod detail;
pub mod extract;
pub mod fallback;
pub mod handlers;
pub mod headers;
mod health;
mod host;
mod in_flight;
pub mod jobs;
mod limits;
pub mod metrics;
mod network_limiter;
pub mod oauth;
pub mod openapi;
mod origin;
pub mod pipeline;
mod probe;
mod problem;
pub mod request;
mod request_log;
pub mod routes;
pub mod settings;
pub mod startup;
mod state;
mod warnings;
mod well_known;

pub use latchkey_core::hooks;
pub use state::ServerState;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
