//! The extension points: what a hook gets, when it is called, and what its result does.

mod after_sign_in;
mod before_register;
mod claims;

use crate::support::{PASSWORD, Server};
use latchkey_core::hooks::Hooks;
use serde_json::json;
use sqlx::{AnyConnection, Connection as _};
use std::sync::{Arc, Mutex};

const OTHER: &str = "a staple for the correct horse";

/// What hooks have got, in order.
type Calls<T> = Arc<Mutex<Vec<T>>>;

fn take<T>(calls: &Calls<T>) -> Vec<T> {
    std::mem::take(&mut calls.lock().unwrap())
}

/// Adds a row to a table of the application, by a connection of its own.
async fn visit(url: String, hook: &'static str) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    let statement = "INSERT INTO visits (id, hook) SELECT COUNT(*), CAST($1 AS TEXT) FROM visits";
    sqlx::query(statement).bind(hook).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn hook_may_write_to_the_database_at_each_operation() {
    let server = Server::start().await;
    server.tamper("CREATE TABLE visits (id BIGINT NOT NULL, hook TEXT NOT NULL)").await;
    let url = server.app.settings.server.database.url().unwrap();
    let urls = [url.clone(), url.clone(), url];
    let [first, second, third] = urls;
    let hooks = Hooks::default()
        .before_register(move |_| {
            let url = first.clone();
            async move {
                visit(url, "before_register").await;
                Ok(())
            }
        })
        .claims(move |_| {
            let url = second.clone();
            async move {
                visit(url, "claims").await;
                json!({})
            }
        })
        .after_sign_in(move |_| visit(third.clone(), "after_sign_in"));
    let server = server.with_hooks(hooks);

    let registered = server.register("ada").await;
    let next = server.rotate(&registered.refresh).await;
    assert_eq!(server.rotate(&registered.refresh).await.refresh, next.refresh, "a retry");
    let change = json!({ "currentPassword": PASSWORD, "newPassword": OTHER });
    assert_eq!(server.post_as(&next.access, "/api/account/password", change).await.status, 200);
    let login = server.post("/api/auth/login", json!({ "username": "ada", "password": OTHER })).await;
    assert_eq!(login.status, 200, "{}", login.text);
    let called = server.sql("SELECT string_agg(hook, ' ' ORDER BY id) FROM visits").await;
    assert_eq!(
        called, "before_register claims after_sign_in claims claims claims claims after_sign_in",
        "registration, refresh, retry, password change, login"
    );
}
