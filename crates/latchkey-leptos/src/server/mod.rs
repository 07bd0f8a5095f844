//! The server side: the request of a server function, and the routes of all server functions.

mod context;
mod routes;

pub use context::{created, request};
pub use routes::routes;
