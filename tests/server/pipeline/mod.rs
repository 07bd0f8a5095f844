//! The request pipeline: everything that a request passes before its route.

mod change_password;
mod connection_limit;
mod connections;
mod forwarded;
mod headers;
mod host;
mod in_flight;
mod limits;
mod origin;
mod security_txt;
