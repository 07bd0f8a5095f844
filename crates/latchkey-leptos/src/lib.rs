//! Latchkey for [Leptos](leptos): the server functions, the session that the browser keeps, the guard, and the forms. The
//! feature `hydrate` is the browser's half, `ssr` the server's.
//!
//! Use flows one way: `components → api → client → sign_in → server, transport`.

#![forbid(unsafe_code)]

pub mod api;
pub mod client;
pub mod components;
pub mod messages;
#[cfg(feature = "ssr")]
pub mod server;
pub mod sign_in;
pub mod transport;
