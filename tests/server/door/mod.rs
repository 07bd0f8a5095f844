//! What stands between strangers and the routes.

mod connections;
mod headers;
mod limits;
mod origin;
