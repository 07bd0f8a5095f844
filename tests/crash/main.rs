//! The real binary, killed at bad moments and run on bad disks: what it has acknowledged must hold afterwards.
//!
//! `kill -9` alone cannot tell a commit that has reached the disk from one that lies in the kernel's cache, since the
//! cache outlives the process. So the power is cut too: `stop_at.c` ends the server and takes back what was not synced.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has said what is wrong")]

mod client;
mod faults;
mod http;
mod kills;
mod points;
mod site;
mod upgrade;
