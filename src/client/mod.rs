//! What runs in the browser: who is signed in, the tokens, and the transport that keeps them fresh.
//!
//! The stored record is the source of truth and the session that the pages see is derived from it: a change of the
//! storage, by this tab or another, ends with [`session::sync`]. Everything here compiles natively as well, because the
//! server renders the same views, but only effects, events and their tasks touch the browser, and those never run
//! there.

mod backoff;
pub mod claims;
pub mod clock;
pub mod event_log;
pub mod failure;
pub mod guard;
pub mod inspect;
pub mod keep_fresh;
pub mod lifecycle;
pub mod load;
mod lock;
mod logout_queue;
pub mod message;
mod network;
pub mod next;
pub mod password;
mod reconcile;
pub mod refresh;
pub mod session;
pub mod storage;
mod tabs;
pub mod transport;
pub mod version;
