//! Latchkey for [Leptos](leptos): the server functions, the session in the browser, the guard, and the forms. The
//! feature `hydrate` is for the browser, `ssr` for the server.
//!
//! Dependencies have one direction: `components → api → client → sign_in → server, transport`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod api;
pub mod client;
pub mod components;
pub mod messages;
pub mod prelude;
#[cfg(feature = "ssr")]
pub mod server;
pub mod sign_in;
pub mod transport;

pub use latchkey_wire as wire;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
