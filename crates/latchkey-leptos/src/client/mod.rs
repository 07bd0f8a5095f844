//! What runs in the browser: who is signed in, the tokens, and the transport that keeps them fresh.
//!
//! The stored record is the source of truth and the session that the pages see is derived from it: a change of the
//! storage, by this tab or another, ends with [`session::sync`]. Everything here compiles natively as well, because the
//! server renders the same views, but only effects, events and their tasks touch the browser, and those never run
//! there.

mod backoff;
pub mod claims;
pub mod clock;
mod device_clock;
pub mod event_log;
pub mod guard;
pub mod inspect;
pub mod keep_fresh;
pub mod lifecycle;
pub mod load;
mod lock;
mod logout_queue;
mod network;
pub mod next;
pub mod password;
pub mod provide;
mod receive;
mod reconcile;
pub mod refresh;
mod seen;
pub mod session;
pub mod signed_in;
pub mod storage;
mod tabs;
pub mod version;
