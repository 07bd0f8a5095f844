//! The session of a signed-in user on the client, independent of a browser.
//!
//! [`SessionClient`] stores the tokens, refreshes them before they expire, adopts what another tab has stored, and
//! signs out only when the server has refused the session, the user has logged out, or the storage was cleared. It uses
//! storage, clock, locks, channel, server and page through an [`Environment`]. The browser is one; the simulation in
//! `tests/` is another. The stored record is the source of truth: every decision reads the storage, and what pages show
//! ([`View`]) is derived from it.
//!
//! Decisions are pure functions, each in its own file: [`backoff`], `reconcile`, `plan`, [`freshness`],
//! `rejected_token`, [`failure`].

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod admission;
mod attempts;
pub mod backoff;
pub mod claims;
mod client;
mod environment;
mod event;
pub mod failure;
pub mod freshness;
mod message;
mod outcome;
mod password;
mod plan;
mod reconcile;
mod record;
mod rejected_token;
mod view;

pub use admission::{Admission, GuardStep};
pub use client::SessionClient;
pub use environment::{Area, Channel, Clock, Environment, Lock, Locks, Page, Storage, Transport};
pub use event::{ClientEvent, RefreshReason};
pub use freshness::TokenFreshness;
pub use outcome::Outcome;
pub use password::Change;
pub use record::{Place, Record};
pub use view::{AuthState, Connection, View};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
