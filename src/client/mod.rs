//! What runs in the browser: who is signed in, the tokens, and the transport that keeps them fresh.
//!
//! The stored record is the truth and the session that the pages see is its projection: whoever changes the storage
//! (this tab, or a sibling) ends with [`session::sync`]. Everything here compiles natively as well, because the server
//! renders the same views, but only effects, events and their tasks touch the browser, and those never run there.

pub mod clock;
pub mod guard;
pub mod keep_fresh;
pub mod message;
pub mod next;
pub mod refresh;
pub mod session;
pub mod storage;
pub mod transport;
