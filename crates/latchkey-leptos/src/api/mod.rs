//! The server functions for signed-in users, compiled for the server and for the browser; those that need no session
//! are in [`sign_in`](crate::sign_in). `latchkey-wire` defines their data, and the handlers of `latchkey-axum`
//! implement them.

pub mod account;
pub mod sessions;
