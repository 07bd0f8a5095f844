//! Latchkey's services, without HTTP: identity, accounts, sessions, the keys of their tokens, and the database. The
//! clock and the random generator are passed in.
//!
//! Dependencies have one direction: `accounts → sessions → hooks, store`. An application adds its own code with
//! [`hooks`].

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod accounts;
mod api_error;
pub mod batch;
mod client_info;
pub mod clock;
pub mod database;
pub mod detached;
pub mod hooks;
pub mod identity;
pub mod ids;
pub mod metrics;
mod network;
pub mod random;
pub mod sessions;
pub mod store;

pub use api_error::RETRY_AFTER;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
