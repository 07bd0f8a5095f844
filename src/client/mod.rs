//! What runs in the browser: who is signed in, the tokens, and the transport that keeps them fresh.
//!
//! The stored record is the truth and the session that the pages see is its projection: whoever changes the storage
//! (this tab, or a sibling) ends with [`session::sync`]. Everything here compiles natively as well, because the server
//! renders the same views, but only effects, events and their tasks touch the browser, and those never run there.

pub mod claims;
pub mod clock;
mod device_clock;
mod farewell;
pub mod guard;
pub mod inspect;
pub mod journal;
pub mod keep_fresh;
mod landing;
pub mod lifecycle;
pub mod load;
mod lock;
mod network;
pub mod next;
mod pace;
pub mod password;
pub mod provide;
mod receive;
pub mod refresh;
mod seen;
pub mod session;
pub mod signed_in;
pub mod storage;
mod tabs;
pub mod version;
