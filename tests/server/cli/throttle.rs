//! `latchkey throttle …`.

use crate::support::{Answer, PASSWORD, Server};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use serde_json::{Value, json};
use std::net::SocketAddr;

const HOME: &str = "192.0.2.7";
const ELSEWHERE: &str = "198.51.100.9";

async fn log_in(server: &Server, ip: &str, name: &str, password: &str) -> Answer {
    let request = Request::post("/api/auth/login")
        .header(header::CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(SocketAddr::new(ip.parse().unwrap(), 40_000)));
    let body = json!({ "username": name, "password": password });
    server.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn fail(server: &Server, ip: &str, name: &str, times: usize) {
    for _ in 0..times {
        log_in(server, ip, name, "not the password").await.problem(401, "invalid_credentials");
    }
}

fn list(server: &Server) -> Vec<Value> {
    serde_json::from_str(&server.command(&["throttle", "list", "--json"]).done()).unwrap()
}

#[tokio::test]
async fn throttle_list_shows_waits_but_no_typed_name() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    assert_eq!(list(&server), Vec::<Value>::new());
    fail(&server, ELSEWHERE, "ada", 5).await;
    fail(&server, ELSEWHERE, "hunter2-typed-here", 2).await;

    let entries = list(&server);
    let find = |kind: &str, name: Value| {
        let entry = entries.iter().find(|entry| entry["kind"] == kind && entry["username"] == name);
        entry.unwrap_or_else(|| panic!("{kind} {name}: {entries:#?}")).clone()
    };
    let ada = find("account", json!("ada"));
    assert_eq!(ada["failures"], 5);
    assert!(ada["lastTryAt"].as_str().unwrap().ends_with('Z'), "{ada}");
    assert!(ada["retryAfter"].is_u64(), "{ada}");
    assert_eq!(find("account", Value::Null)["failures"], 2);
    assert_eq!(find("network", Value::Null)["failures"], 7);

    let table = server.command(&["throttle", "list"]).done();
    assert_eq!(table.lines().count(), 1 + entries.len(), "{table}");
    assert!(table.contains("ada") && !table.contains("hunter2") && !table.contains(ELSEWHERE), "{table}");
}

#[tokio::test]
async fn throttle_clear_admits_account_network_or_all_again() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    server.log_in_from("ada", HOME, "curl/8.5.0").await;
    let is_let_in = async |ip: &str| log_in(&server, ip, "ada", PASSWORD).await.status == 200;

    fail(&server, ELSEWHERE, "ada", 5).await;
    fail(&server, HOME, "ada", 5).await; // a trusted network, with a count of its own
    assert!(!is_let_in(ELSEWHERE).await && !is_let_in(HOME).await);
    assert_eq!(server.command(&["throttle", "clear", "ADA"]).done(), "Cleared 2 counts.\n");
    assert!(is_let_in(ELSEWHERE).await && is_let_in(HOME).await);

    for number in 0..50 {
        fail(&server, "203.0.113.5", &format!("unknown{number}"), 1).await;
    }
    assert!(!is_let_in("203.0.113.5").await);
    assert_eq!(server.command(&["throttle", "clear", "--network", "203.0.113.5"]).done(), "Cleared 1 count.\n");
    assert!(is_let_in("203.0.113.5").await);

    fail(&server, "2001:db8::1", "eve", 5).await;
    assert!(server.command(&["throttle", "clear", "--all"]).done().starts_with("Cleared "));
    assert_eq!(server.sql("SELECT COUNT(*) FROM login_failures").await, "0");
    assert_eq!(server.command(&["throttle", "clear", "--all"]).done(), "No failures were counted.\n");
}

#[tokio::test]
async fn throttle_clear_of_an_unknown_target_fails() {
    let server = Server::today(&[]).await;
    let error = server.command(&["throttle", "clear", "unknown"]).failed(1);
    assert!(error.contains("there is no account"), "{error}");
    let error = server.command(&["throttle", "clear", "--network", "example.org"]).failed(2);
    assert!(error.contains("example.org"), "{error}");
    let error = server.command(&["throttle", "clear"]).failed(2);
    let usage =
        "Usage: latchkey throttle clear [OPTIONS] NAME\n       latchkey throttle clear [OPTIONS] --network <ADDRESS>\n";
    assert!(error.contains(usage), "{error}");
    let help = server.command(&["throttle", "--help"]).done();
    for word in ["15 minutes", "latchkey throttle clear ada", "LATCHKEY_SIGN_INS_PER_HOUR"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}
