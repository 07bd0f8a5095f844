//! What binds the session to the browser and to Leptos: who is signed in as signals, the guard, and the browser as the
//! environment of [`latchkey_client::SessionClient`], which decides everything else.
//!
//! Everything here compiles natively as well, because the server renders the same views, but only effects, events and
//! their tasks touch the browser, and those never run there.

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
