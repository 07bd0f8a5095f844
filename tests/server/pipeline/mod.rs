//! The request pipeline: the layers before the routes.

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
