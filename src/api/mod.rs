//! The HTTP contract, compiled for the server and for the browser: server functions, the data they carry, and
//! [`ApiError`], the one error that crosses the wire.
//!
//! A server function here is three lines: extract, call the service, map the error. Field names are camelCase on the
//! wire and unknown fields are ignored, so a newer client can talk to an older server.

pub mod account;
pub mod auth;
pub mod customers;
pub mod error;
mod field_errors;
pub mod json;
mod no_content;
mod reason;
pub mod secret;
pub mod sessions;
pub mod token;

/// What the input of each server function derives beside the rest: on the server its OpenAPI schema; in the browser,
/// which has no use for one, something that costs nothing there. (The macro that makes the inputs takes a list of
/// derives and no conditions.)
#[cfg(not(feature = "ssr"))]
use Clone as Described;
#[cfg(feature = "ssr")]
use utoipa::ToSchema as Described;

pub use error::ApiError;
pub use secret::Secret;
