//! What stands between strangers and the routes.

mod change_password;
mod connections;
mod crowd;
mod forwarded;
mod headers;
mod host;
mod in_flight;
mod limits;
mod origin;
mod security_txt;
