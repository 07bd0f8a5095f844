//! Tests the server through its router, on a real SQLite file or PostgreSQL database. The modules follow the routes.
//!
//! `make test ONLY=postgres` leaves the modules named `sqlite` out, and those that `scripts/test` lists.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics has said what is wrong")]

mod support;

mod access_token;
mod account;
mod at_rest;
mod auth;
mod axum_routes;
mod brand;
mod bulk;
mod cli;
mod collection;
mod default_roles;
mod demo;
mod erased;
mod event_limit;
mod events;
mod expiry;
mod forgeries;
mod hooks;
mod host_application;
mod keyring;
mod logs;
mod metrics;
mod model;
mod oauth;
mod openapi;
mod pages;
mod password_advice;
mod password_change;
mod passwords;
mod pipeline;
mod problems;
mod prune;
mod query_plans;
mod races;
mod refresh;
mod revoke;
mod route_checks;
mod seen;
mod server_builder;
mod sessions;
mod shared_database;
mod sizes;
mod startup;
mod thief;
mod throttle;
mod token_size;
mod understood;
mod upgrade;
mod user_fields;
mod usernames;
mod whole_or_not;
