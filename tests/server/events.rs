//! `GET /api/account/events`: the security log.

use crate::support::{PASSWORD, Server, Tokens};
use serde_json::{Value, json};
use std::time::Duration;

async fn page(server: &Server, tokens: &Tokens, query: &str) -> Value {
    let answer = server.get_as(&tokens.access, &format!("/api/account/events{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

fn kinds(page: &Value) -> Vec<&str> {
    page["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn security_log_is_newest_first() {
    let server = Server::start().await;
    let second = Duration::from_secs(1);
    let here = server.register("ada").await;
    server.register("eve").await;
    server.clock.advance(second);
    let stolen = server.log_in("ada").await;
    server.clock.advance(second);
    let heir = server.rotate(&stolen.refresh).await;
    server.rotate(&heir.refresh).await;
    server.refresh(&stolen.refresh).await.refused("replayed");
    server.clock.advance(second);
    let elsewhere = server.log_in_from("ada", "192.0.2.7", "curl/8.5.0").await;
    server.clock.advance(second);
    server.post("/api/token/revoke", json!({ "refreshToken": elsewhere.refresh })).await;

    let log = page(&server, &here, "").await;
    assert_eq!(
        kinds(&log),
        ["signed_out", "signed_in", "replay_detected", "signed_in", "signed_in", "account_created"],
        "and not a line for the refreshes, nor one of eve's"
    );
    let third = &log["events"][1];
    assert_eq!(third["at"], "2026-01-01T00:00:03Z");
    assert_eq!(third["ip"], "192.0.2.7");
    assert_eq!(third["sessionId"], elsewhere.claims()["sid"]);
    assert_eq!(log["events"][2]["sessionId"], stolen.claims()["sid"]);
    assert_eq!(log["next"], Value::Null);
}

#[tokio::test]
async fn security_log_pages_miss_and_repeat_no_line() {
    let server = Server::with(&["--max-sessions", "1000"]).await;
    let ada = server.register("ada").await;
    // Many lines of the same millisecond, so that the order within it counts.
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 118)
             INSERT INTO events (id, user_id, kind, at)
             SELECT 'event-' || i, (SELECT id FROM users), 'signed_in', 1767225600000 + i / 40 FROM n",
        )
        .await;

    let (mut seen, mut query, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = page(&server, &ada, &query).await;
        seen.extend(page["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()));
        pages += 1;
        match page["next"].as_str() {
            Some(next) => query = format!("?before={next}"),
            None => break,
        }
    }
    assert_eq!((seen.len(), pages), (120, 3));
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 120);
}

#[tokio::test]
async fn malformed_log_cursor_is_a_400() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for before in ["x", "12", "12.a'b", "1e5.abc", "%00", "12.%F0%9F%A6%80"] {
        let answer = server.get_as(&ada.access, &format!("/api/account/events?before={before}")).await;
        answer.problem(400, "invalid_request");
    }
    server.get("/api/account/events").await.problem(401, "invalid_token");
    // A well-formed place says nothing about other people's lines.
    let eve = server.register("eve").await;
    assert_eq!(kinds(&page(&server, &eve, "?before=9999999999999.zzz").await).len(), 2);
}

#[tokio::test]
async fn events_name_displaced_and_revoked_sessions() {
    let server = Server::with(&["--max-sessions", "2"]).await;
    let first = server.register("ada").await;
    server.clock.advance(Duration::from_secs(1));
    let second = server.log_in("ada").await;
    server.clock.advance(Duration::from_secs(1));
    let third = server.log_in("ada").await;
    server.clock.advance(Duration::from_secs(1));
    let body = json!({ "currentPassword": PASSWORD, "newPassword": "violet umbrella on a quiet tram" });
    let changed = server.post_as(&third.access, "/api/account/password", body).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let third = changed.tokens();

    let log = page(&server, &third, "").await;
    // Newest first, those of one moment, too.
    assert_eq!(
        kinds(&log),
        [
            "session_revoked",
            "password_changed",
            "signed_in",
            "session_revoked",
            "signed_in",
            "signed_in",
            "account_created"
        ]
    );
    let ended = |reason: &str| {
        let events = log["events"].as_array().unwrap();
        events.iter().find(|event| event["reason"] == reason).map(|event| event["sessionId"].clone())
    };
    assert_eq!(ended("displaced"), Some(first.claims()["sid"].clone()));
    assert_eq!(ended("password_changed"), Some(second.claims()["sid"].clone()));
}
