//! The server functions that need no access token: register, log in, refresh, log out, and password advice. `client/`
//! depends on them, and `api/` on `client/`.

pub mod auth;
pub mod token;
