//! What stands between strangers and the routes.

mod connections;
mod crowd;
mod headers;
mod limits;
mod origin;
