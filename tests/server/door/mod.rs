//! What stands between strangers and the routes.

mod connections;
mod crowd;
mod headers;
mod in_flight;
mod limits;
mod origin;
