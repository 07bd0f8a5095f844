//! The server functions for signed-in users, compiled for the server and for the browser; those that need no session are in
//! [`sign_in`](crate::sign_in). The data that they carry is defined in `latchkey-wire`, and what they do in
//! `latchkey-axum`'s handlers.

pub mod account;
pub mod sessions;
