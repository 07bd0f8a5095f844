//! The server, tested through its router on a real SQLite file. The modules are laid out like the routes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has said what is wrong")]

mod support;

mod access_token;
mod at_rest;
mod auth;
mod demo;
mod expiry;
mod forgeries;
mod keyring;
mod model;
mod pages;
mod problems;
mod query_plans;
mod races;
mod refresh;
mod revoke;
mod seen;
mod startup;
mod whole_or_not;
