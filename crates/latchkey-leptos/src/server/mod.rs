//! The server's half: what a server function can ask about its request, and the routes of all server functions.

mod context;
mod routes;

pub use context::{created, request};
pub use routes::routes;
