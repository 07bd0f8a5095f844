//! Latchkey's HTTP API for [Axum](axum): the operations as handlers, routes for them, extractors for your own routes, and
//! the request pipeline between the socket and all of them.
//!
//! Use flows one way: `pipeline → openapi → routes → handlers → request → state → settings`.

#![forbid(unsafe_code)]

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
mod limits;
pub mod metrics;
mod network_limiter;
pub mod oauth;
pub mod openapi;
mod origin;
pub mod pipeline;
mod problem;
mod record;
pub mod request;
pub mod routes;
pub mod settings;
mod state;
mod warnings;
mod well_known;

pub use state::ServerState;
