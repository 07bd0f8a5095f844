//! A change with several writes is atomic, and acknowledged only after it is committed.

use crate::support::outside::{Action, Trigger};
use crate::support::{PASSWORD, Server};
use serde_json::json;

/// Makes every insert into this table fail.
async fn break_table(server: &Server, table: &str) {
    let event = format!("BEFORE INSERT ON {table}");
    server.add_trigger(Trigger::new("broken", event.leak(), Action::Fail("broken"))).await;
}

async fn repair(server: &Server) {
    server.drop_trigger("broken").await;
}

/// The numbers of users, sessions, ended sessions and events.
async fn counts(server: &Server) -> [String; 4] {
    [
        server.sql("SELECT COUNT(*) FROM users").await,
        server.sql("SELECT COUNT(*) FROM sessions").await,
        server.sql("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NOT NULL").await,
        server.sql("SELECT COUNT(*) FROM events").await,
    ]
}

#[tokio::test]
async fn registration_that_fails_midway_writes_nothing() {
    let server = Server::start().await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    for table in ["users", "sessions", "events"] {
        break_table(&server, table).await;
        server.post("/api/auth/register", body.clone()).await.problem(503, "unavailable");
        assert_eq!(counts(&server).await, ["0", "0", "0", "0"], "{table}");
        repair(&server).await;
    }
    // The name has not been taken by those who failed.
    assert_eq!(server.post("/api/auth/register", body).await.status, 201);
    assert_eq!(counts(&server).await, ["1", "1", "0", "2"]);
}

#[tokio::test]
async fn login_that_fails_midway_writes_nothing() {
    let server = Server::start().await;
    server.register("ada").await;
    for table in ["sessions", "events"] {
        break_table(&server, table).await;
        let body = json!({ "username": "ada", "password": PASSWORD });
        server.post("/api/auth/login", body).await.problem(503, "unavailable");
        assert_eq!(counts(&server).await, ["1", "1", "0", "2"], "{table}");
        repair(&server).await;
    }
    server.log_in("ada").await;
}

#[tokio::test]
async fn unwritten_logout_is_not_acknowledged() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    break_table(&server, "events").await;
    let body = json!({ "refreshToken": tokens.refresh });
    server.post("/api/token/revoke", body.clone()).await.problem(503, "unavailable");
    assert_eq!(counts(&server).await, ["1", "1", "0", "2"]);
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    repair(&server).await;
    assert_eq!(server.post("/api/token/revoke", body).await.status, 204);
    server.refresh(&tokens.refresh).await.refused("logged_out");
}

#[tokio::test]
async fn unwritten_replay_is_a_replay_later() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    let third = server.rotate(&second.refresh).await;
    break_table(&server, "events").await;
    server.refresh(&first.refresh).await.problem(503, "unavailable");
    assert_eq!(counts(&server).await, ["1", "1", "0", "2"]);
    repair(&server).await;
    server.refresh(&first.refresh).await.refused("replayed");
    server.refresh(&third.refresh).await.refused("replayed");
    assert_eq!(counts(&server).await, ["1", "1", "1", "3"]);
}

/// More sessions than end in one batch: a second write, into a table of its own, ends the others.
#[tokio::test]
async fn bulk_revocation_that_fails_midway_ends_nothing() {
    let server = Server::start().await;
    let (here, there) = (server.register("ada").await, server.log_in("ada").await);
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
             INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at,
                                   last_seen_at, idle_expires_at, absolute_expires_at, remember)
             SELECT '0000000000000000' || substr(CAST(100000 + i AS TEXT), 2) || 'A', user_id, secret, 0, 0, rotated_at, created_at - 7200000 - i, last_seen_at, idle_expires_at,
                    absolute_expires_at, 0 FROM n, (SELECT * FROM sessions LIMIT 1) AS one",
        )
        .await;
    let before = counts(&server).await;
    break_table(&server, "bulk_revocations").await;
    for (path, body) in [
        ("/api/sessions/revoke-others", json!({})),
        (
            "/api/account/password",
            json!({ "currentPassword": PASSWORD, "newPassword": "violet umbrella on a quiet tram" }),
        ),
        ("/api/account/delete", json!({ "password": PASSWORD })),
    ] {
        server.post_as(&here.access, path, body).await.problem(503, "unavailable");
        assert_eq!(counts(&server).await, before, "{path}");
        assert_eq!(server.get_as(&there.access, "/api/me").await.status, 200, "{path}");
    }
    server.log_in("ada").await;
    repair(&server).await;
    let answer = server.post_as(&here.access, "/api/account/delete", json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    server.refresh(&there.refresh).await.refused("unknown");
}
