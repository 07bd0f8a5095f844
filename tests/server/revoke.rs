//! `POST /api/token/revoke`.

use crate::support::Server;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

fn with_bearer(token: &str) -> Request<Body> {
    let request = Request::post("/api/token/revoke").header(header::AUTHORIZATION, format!("Bearer {token}"));
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn logout_by_refresh_token_ends_only_its_session() {
    let server = Server::start().await;
    let (here, there) = (server.register("ada").await, server.log_in("ada").await);
    let answer = server.post("/api/token/revoke", json!({ "refreshToken": here.refresh })).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));

    server.get_as(&here.access, "/api/me").await.problem(401, "invalid_token");
    server.refresh(&here.refresh).await.refused("logged_out");
    assert_eq!(server.get_as(&there.access, "/api/me").await.status, 200);
    server.rotate(&there.refresh).await;
}

#[tokio::test]
async fn logout_by_access_token_ends_its_session() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    assert_eq!(server.send(with_bearer(&tokens.access)).await.status, 204);
    server.refresh(&tokens.refresh).await.refused("logged_out");
    let answer = server.get_as(&tokens.access, "/api/me").await;
    answer.problem(401, "invalid_token");
    assert!(answer.header("www-authenticate").contains("session has ended"));
}

#[tokio::test]
async fn repeated_logout_succeeds_and_is_logged_once() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    for _ in 0..2 {
        assert_eq!(server.post("/api/token/revoke", json!({ "refreshToken": tokens.refresh })).await.status, 204);
        assert_eq!(server.send(with_bearer(&tokens.access)).await.status, 204);
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'signed_out'").await, "1");
}

#[tokio::test]
async fn logout_by_an_old_generation_ends_the_session() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    assert_eq!(server.post("/api/token/revoke", json!({ "refreshToken": first.refresh })).await.status, 204);
    server.refresh(&second.refresh).await.refused("logged_out");
}

#[tokio::test]
async fn logout_with_foreign_refresh_token_uses_the_access_token() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let request = Request::post("/api/token/revoke")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", tokens.access))
        .body(Body::from(json!({ "refreshToken": "lkr_garbage" }).to_string()));
    assert_eq!(server.send(request.unwrap()).await.status, 204);
    server.refresh(&tokens.refresh).await.refused("logged_out");
}

#[tokio::test]
async fn logout_by_a_malformed_token_ends_nothing() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    assert_eq!(server.post("/api/token/revoke", json!({ "refreshToken": "lkr_garbage" })).await.status, 204);
    server.post("/api/token/revoke", json!({})).await.problem(401, "invalid_token");
    server.send(with_bearer("garbage")).await.problem(401, "invalid_token");
    server.rotate(&tokens.refresh).await;
}

#[tokio::test]
async fn access_token_newer_than_a_backup_ends_its_session() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    server.tamper("UPDATE sessions SET generation = 0, confirmed_generation = 0").await;
    assert_eq!(server.send(with_bearer(&second.access)).await.status, 204);
    server.refresh(&first.refresh).await.refused("logged_out");
}

/// Rotated under a clock that was set back, a session may end before its older access token does.
#[tokio::test]
async fn logout_of_an_expired_session_survives_clock_set_back() {
    use std::time::Duration;
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let later = Duration::from_secs(13 * 60 * 60);
    server.clock.advance(Duration::from_secs(11 * 60 * 60));
    let tokens = server.rotate(&tokens.refresh).await;
    server.clock.advance(Duration::from_secs(3 * 60 * 60));
    let ahead = server.rotate(&tokens.refresh).await;
    server.clock.set_back(later);
    let back = server.rotate(&ahead.refresh).await;
    server.clock.advance(later);
    assert_eq!(server.send(with_bearer(&ahead.access)).await.status, 204);
    server.clock.set_back(later);
    server.refresh(&back.refresh).await.refused("logged_out");
}
