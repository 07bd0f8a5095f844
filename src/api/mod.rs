//! The server functions, compiled for the server and for the browser: the operations of the HTTP contract whose data
//! `latchkey-wire` defines.
//!
//! A server function here is three lines: extract, call the service, map the error.

pub mod account;
pub mod auth;
pub mod customers;
pub mod sessions;
pub mod token;

/// What the input of each server function derives beside the rest: on the server its OpenAPI schema; in the browser,
/// which has no use for one, something that costs nothing there. (The macro that makes the inputs takes a list of
/// derives and no conditions.)
#[cfg(not(feature = "ssr"))]
use Clone as Described;
#[cfg(feature = "ssr")]
use utoipa::ToSchema as Described;
