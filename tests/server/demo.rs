//! Demo mode.

use crate::support::{PASSWORD, Server, settings};
use serde_json::json;
use std::path::Path;

fn john() -> serde_json::Value {
    json!({ "username": "johndoe", "password": "def@123" })
}

#[tokio::test]
async fn demo_adds_account_and_customers_and_removes_them() {
    let server = Server::with(&["--demo", "on"]).await;
    let answer = server.post("/api/auth/login", john()).await;
    assert_eq!(answer.status, 200);
    let customers = server.get_as(&answer.tokens().access, "/api/customers").await;
    assert_eq!(customers.status, 200);
    let names: Vec<String> = serde_json::from_str(&customers.text).unwrap();
    assert!(names.contains(&"John Doe".to_owned()) && names.contains(&"Jane Doe".to_owned()), "{names:?}");
    assert!(names.len() > 40, "enough for several pages: {names:?}");

    let server = server.restart(&["--demo", "on"]).await;
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "1", "a second start adds nothing");

    let server = server.restart(&[]).await;
    server.post("/api/auth/login", john()).await.problem(401, "invalid_credentials");
    assert_eq!(server.sql("SELECT COUNT(*) FROM customers").await, "0");
}

#[tokio::test]
async fn server_without_demo_has_no_demo_data() {
    let server = Server::with(&["--default-roles", "Manager"]).await;
    server.post("/api/auth/login", john()).await.problem(401, "invalid_credentials");
    let tokens = server.register("ada").await;
    assert_eq!(server.get_as(&tokens.access, "/api/customers").await.text, "[]");
}

#[tokio::test]
async fn demo_leaves_a_real_account_of_the_same_name_alone() {
    let server = Server::start().await;
    server.register("JohnDoe").await;
    let server = server.restart(&["--demo", "on"]).await;
    server.post("/api/auth/login", john()).await.problem(401, "invalid_credentials");
    server.log_in("johndoe").await;
    let server = server.restart(&[]).await;
    let real = json!({ "username": "johndoe", "password": PASSWORD });
    assert_eq!(server.post("/api/auth/login", real).await.status, 200);
}

#[test]
fn demo_on_a_reachable_address_is_refused() {
    for addr in ["0.0.0.0:3000", "192.168.1.5:3000", "[::]:3000"] {
        let https = ["--demo", "on", "--addr", addr, "--public-url", "https://demo.example"];
        let error = settings(Path::new("x"), &https).unwrap_err();
        assert!(error.starts_with("LATCHKEY_DEMO"), "{error}");
    }
    let proxied = ["--demo", "on", "--public-url", "https://demo.example"];
    let error = settings(Path::new("x"), &proxied).unwrap_err();
    assert!(error.starts_with("LATCHKEY_DEMO"), "{error}");
    for addr in ["127.0.0.1:3000", "[::1]:3000", "127.8.8.8:1"] {
        assert!(settings(Path::new("x"), &["--demo", "on", "--addr", addr]).is_ok(), "{addr}");
    }
}
