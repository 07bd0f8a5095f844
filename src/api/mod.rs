//! The server functions for signed-in users, compiled for the server and for the browser; those that need no session are in
//! `sign_in/`. The data that they carry is defined in `latchkey-wire`.
//!
//! A server function is three lines: extract, call the service, map the error.

pub mod account;
pub mod customers;
pub mod sessions;
