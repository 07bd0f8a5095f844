//! Tabs of one browser, without a browser: a simulation of storage, locks, channel, network, clocks and a server that
//! keeps the rules of the wire. `random` takes walks in it; the other tests lead to one situation each.
//!
//! `PROPTEST_CASES=5000 cargo test -p latchkey-client --test tabs` walks for longer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that panics has said what is wrong")]

mod bounds;
mod exchange;
mod executor;
mod network;
mod promises;
mod random;
mod scene;
mod server;
mod tab;
mod together;
mod walks;
mod world;
