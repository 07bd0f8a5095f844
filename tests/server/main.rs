//! The server, tested through its router on a real SQLite file. The modules are laid out like the routes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has said what is wrong")]

mod support;

mod access_token;
mod auth;
mod demo;
mod forgeries;
mod keyring;
mod model;
mod pages;
mod problems;
mod refresh;
mod revoke;
mod startup;
