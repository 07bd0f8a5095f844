//! The server functions that are called without an access token: register, log in, refresh, log out, and ask for advice
//! on a password. `client/` stands on them, and `api/` on that.

pub mod auth;
pub mod token;
