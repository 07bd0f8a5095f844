//! Connects the session to the browser and to Leptos: the state of the session as signals, the guard, and the browser
//! as the environment of [`latchkey_client::SessionClient`], which makes all other decisions.
//!
//! This module also compiles for the server, which renders the same views. Only effects, event handlers and their tasks
//! use the browser's API, and those do not run on the server.

mod browser;
pub mod event_log;
pub mod guard;
pub mod inspect;
pub mod keep_fresh;
pub mod lifecycle;
pub mod load;
mod lock;
pub mod next;
pub mod password;
pub mod provide;
pub mod session;
pub mod signed_in;
mod storage;
mod tab;
mod tabs;
pub mod version;
