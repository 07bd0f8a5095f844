//! The server. Inside it, too, use flows one way: `http, cli, jobs → accounts, sessions → store`.

pub mod accounts;
pub mod batch;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod detached;
pub mod error;
pub mod http;
pub mod identity;
pub mod jobs;
pub mod ledger;
pub mod metrics;
pub mod proxies;
pub mod random;
pub mod sessions;
pub mod startup;
pub mod state;
pub mod store;
pub mod telemetry;
pub mod warnings;
