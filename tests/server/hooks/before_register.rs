//! `before_register`.

use super::{Calls, take};
use crate::support::{PASSWORD, Place, Server};
use latchkey_core::hooks::{FieldErrors, Hooks, Registration};
use serde_json::{Value, json};
use std::sync::Arc;

const HERE: Place<'static> = Place::new("192.0.2.7", "Firefox/145.0");

/// Refuses each registration, and notes it.
async fn refusing() -> (Server, Calls<Registration>) {
    let calls: Calls<Registration> = Arc::default();
    let noted = calls.clone();
    let hooks = Hooks::default().before_register(move |new| {
        let noted = noted.clone();
        async move {
            noted.lock().unwrap().push(new);
            Err(FieldErrors::of("username", "Ask for an invitation first."))
        }
    });
    (Server::start().await.with_hooks(hooks), calls)
}

fn account(username: &str) -> Value {
    json!({ "username": username, "password": PASSWORD, "displayName": " Ada Lovelace " })
}

#[tokio::test]
async fn refused_registration_shows_field_error_and_writes_nothing() {
    let (server, calls) = refusing().await;
    let answer = server.post_from(HERE, "/api/auth/register", account("Ada")).await;
    let problem = answer.problem(422, "validation_failed");
    assert_eq!(problem["errors"], json!({ "username": ["Ask for an invitation first."] }));
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "0");
    let [new] = take(&calls).try_into().unwrap();
    assert_eq!((&*new.username, &*new.display_name), ("Ada", "Ada Lovelace"));
    assert_eq!((new.client.ip.as_deref(), new.client.user_agent.as_deref()), (Some(HERE.ip), HERE.user_agent));
    assert!(!format!("{new:?}").contains(PASSWORD));
}

#[tokio::test]
async fn refused_registration_is_counted_for_throttling() {
    let (server, calls) = refusing().await;
    for _ in 0..101 {
        server.post_from(HERE, "/api/auth/register", account("ada")).await;
    }
    server.post_from(HERE, "/api/auth/register", account("ada")).await.problem(429, "too_many_requests");
    assert!(calls.lock().unwrap().len() <= 101);
}

#[tokio::test]
async fn invalid_form_or_taken_name_does_not_reach_the_hook() {
    let server = Server::start().await;
    server.register("ada").await;
    let hooks = Hooks::default().before_register(async |_| panic!("not to be called"));
    let server = server.with_hooks(hooks);
    server.post("/api/auth/register", account("ada")).await.problem(409, "username_taken");
    let weak = json!({ "username": "eve", "password": "password" });
    server.post("/api/auth/register", weak).await.problem(422, "validation_failed");
}

#[tokio::test]
async fn panic_in_before_register_creates_no_account() {
    let hooks = Hooks::default().before_register(async |_| panic!("a bug of the application"));
    let server = Server::start().await.with_hooks(hooks);
    server.post("/api/auth/register", account("ada")).await.problem(500, "internal");
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "0");
}
