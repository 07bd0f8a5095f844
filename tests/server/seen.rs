//! A protected request writes the first use of a generation, "last seen" once a minute, and nothing else.

use crate::support::Server;
use serde_json::json;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn last_seen_is_written_once_a_minute() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let mut written = server.commits().await;
    let mut seen = "0".to_owned();
    for (later, due) in [(0, false), (59, false), (1, true), (1, false), (58, false), (1, true), (100, true)] {
        server.clock.advance(later * SECOND);
        for _ in 0..3 {
            assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
        }
        let commits = server.commits().await;
        assert_eq!(commits != written, due, "after {later} s: a write");
        let now_seen = server.sql("SELECT last_seen_at - created_at FROM sessions").await;
        assert_eq!(now_seen != seen, due, "after {later} s: {now_seen}");
        (written, seen) = (commits, now_seen);
    }
    assert_eq!(seen, "220000");
}

#[tokio::test]
async fn first_use_of_a_generation_is_recorded_at_once() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    let third = server.rotate(&second.refresh).await;
    let seen = "SELECT confirmed_generation FROM sessions";
    for (tokens, expected) in [(&first, "0"), (&third, "2"), (&second, "2"), (&first, "2")] {
        assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
        assert_eq!(server.sql(seen).await, expected);
    }
    // Not even with the write that "last seen" makes for an older token.
    server.clock.advance(61 * SECOND);
    assert_eq!(server.get_as(&second.access, "/api/me").await.status, 200);
    assert_eq!(server.sql(seen).await, "2");
    assert_eq!(server.sql("SELECT last_seen_at - created_at FROM sessions").await, "61000");
}

#[tokio::test]
async fn clock_set_back_does_not_set_last_seen_back() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    server.clock.advance(120 * SECOND);
    let second = server.rotate(&first.refresh).await;
    let third = server.rotate(&second.refresh).await;
    server.clock.set_back(SECOND);
    // Its first use is a write, whatever the time says.
    assert_eq!(server.get_as(&third.access, "/api/me").await.status, 200);
    assert_eq!(server.sql("SELECT confirmed_generation FROM sessions").await, "2");
    assert_eq!(server.sql("SELECT last_seen_at - created_at FROM sessions").await, "120000");
}

#[tokio::test]
async fn refused_or_retried_request_writes_nothing() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let other = server.log_in("ada").await;
    let second = server.rotate(&first.refresh).await;
    let ended = server.log_in("ada").await;
    server.post("/api/token/revoke", json!({ "refreshToken": ended.refresh })).await;

    let written = server.commits().await;
    assert_eq!(server.rotate(&first.refresh).await.refresh, second.refresh);
    server.refresh(&ended.refresh).await.refused("logged_out");
    server.refresh("lkr_garbage").await.refused("unknown");
    let body = json!({ "refreshToken": second.refresh, "accessToken": other.access });
    server.post("/api/token/refresh", body).await.refused("unknown");
    server.get_as(&ended.access, "/api/me").await.problem(401, "invalid_token");
    server.get_as("garbage", "/api/me").await.problem(401, "invalid_token");
    assert_eq!(server.commits().await, written);

    server.rotate(&second.refresh).await;
    assert_eq!(server.commits().await, written + 1, "a rotation is one");
}
