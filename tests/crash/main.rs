//! Kills the real binary at critical moments and runs it on faulty disks; acknowledged changes must hold afterwards.
//!
//! The tests run on SQLite; those with `kill -9` and a locked database also run on PostgreSQL (`make test ONLY=postgres`).
//!
//! `kill -9` cannot distinguish a commit on the disk from one in the kernel's cache, because the cache outlives the
//! process. So `stop_at.c` simulates a power cut: it ends the server and undoes writes that were not synced.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has said what is wrong")]

mod client;
#[path = "../server/support/engine.rs"]
mod engine;
mod faults;
mod http;
mod kills;
mod points;
mod site;
mod upgrade;
