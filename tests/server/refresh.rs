//! `POST /api/token/refresh`: every row of the lifecycle table.

use crate::support::forge::Forger;
use crate::support::{Server, Tokens};
use serde_json::json;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn assert_alive(server: &Server, tokens: &Tokens) {
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
}

async fn assert_dead(server: &Server, tokens: &Tokens, reason: &str) {
    server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
    server.refresh(&tokens.refresh).await.refused(reason);
}

#[tokio::test]
async fn head_is_exchanged_for_the_next_generation() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let answer = server.refresh(&first.refresh).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let second = answer.tokens();
    assert_ne!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    assert_eq!(second.all["user"], first.all["user"]);
    assert_eq!(second.all["tokenType"], "Bearer");
    assert_eq!(second.all["expiresIn"], 300);
    assert_eq!(second.all["expiresAt"], "2026-01-01T00:05:00Z");
    // Without "keep me signed in": 12 hours idle.
    assert_eq!(second.all["refreshTokenExpiresAt"], "2026-01-01T12:00:00Z");
    assert_alive(&server, &second).await;
}

#[tokio::test]
async fn session_refreshed_many_times_stays_one_row() {
    let server = Server::start().await;
    let mut tokens = server.register("ada").await;
    for _ in 0..20 {
        tokens = server.rotate(&tokens.refresh).await;
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions").await, "1");
    assert_eq!(server.sql("SELECT generation FROM sessions").await, "20");
    assert_eq!(server.sql("SELECT COUNT(*) FROM events").await, "2", "account created, signed in");
}

#[tokio::test]
async fn parent_within_the_window_gets_the_same_head() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    assert_alive(&server, &second).await;

    server.clock.advance(29 * SECOND);
    let again = server.rotate(&first.refresh).await;
    assert_eq!(again.refresh, second.refresh);
    assert_ne!(again.access, second.access, "the access token is a fresh one");
    assert_alive(&server, &again).await;
    assert_eq!(server.sql("SELECT generation FROM sessions").await, "1", "a retry changes nothing");
}

#[tokio::test]
async fn parent_with_an_unseen_head_is_a_retry_at_any_time() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let lost = server.rotate(&first.refresh).await;

    server.clock.advance(6 * 60 * 60 * SECOND);
    let again = server.rotate(&first.refresh).await;
    assert_eq!(again.refresh, lost.refresh);
}

#[tokio::test]
async fn replay_of_the_parent_after_the_window_ends_the_session() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let other_device = server.log_in("ada").await;
    let second = server.rotate(&first.refresh).await;
    assert_alive(&server, &second).await;

    server.clock.advance(30 * SECOND);
    server.refresh(&first.refresh).await.refused("replayed");
    assert_dead(&server, &second, "replayed").await;
    assert_dead(&server, &first, "replayed").await;
    assert_alive(&server, &other_device).await;
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'replay_detected'").await, "1");
}

#[tokio::test]
async fn replay_of_a_grandparent_ends_the_session_at_once() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    let third = server.rotate(&second.refresh).await;

    server.refresh(&first.refresh).await.refused("replayed");
    assert_dead(&server, &third, "replayed").await;
}

#[tokio::test]
async fn token_newer_than_a_restored_backup_ends_the_session() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    server.tamper("UPDATE sessions SET generation = 0, confirmed_generation = 0").await;

    server.get_as(&second.access, "/api/me").await.problem(401, "invalid_token");
    server.refresh(&second.refresh).await.refused("restored");
    assert_dead(&server, &first, "restored").await;
}

#[tokio::test]
async fn idle_session_expires_to_the_second() {
    let server = Server::start().await;
    let kept = server.register("ada").await;
    server.clock.advance(12 * 60 * 60 * SECOND - SECOND);
    let kept = server.rotate(&kept.refresh).await;

    server.clock.advance(12 * 60 * 60 * SECOND);
    server.refresh(&kept.refresh).await.refused("expired");
    server.refresh(&kept.refresh).await.refused("expired");
}

#[tokio::test]
async fn refresh_does_not_move_the_absolute_expiry() {
    let server = Server::start().await;
    let login = json!({ "username": "ada", "password": crate::support::PASSWORD, "remember": true });
    server.register("ada").await;
    let mut tokens = server.post("/api/auth/login", login).await.tokens();
    for _ in 0..4 {
        server.clock.advance(7 * DAY - SECOND);
        tokens = server.rotate(&tokens.refresh).await;
    }
    assert_eq!(tokens.all["refreshTokenExpiresAt"], "2026-01-31T00:00:00Z", "capped by the absolute end");
    server.clock.advance(2 * DAY + 4 * SECOND - SECOND);
    let last = server.rotate(&tokens.refresh).await;
    assert_eq!(last.all["expiresIn"], 1, "no access token outlives its session");
    server.clock.advance(SECOND);
    assert_dead(&server, &last, "expired").await;
}

#[tokio::test]
async fn clock_set_back_revives_no_replayed_session() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    assert_alive(&server, &second).await;
    server.clock.advance(60 * SECOND);
    server.refresh(&first.refresh).await.refused("replayed");
    server.clock.set_back(60 * SECOND);
    assert_dead(&server, &second, "replayed").await;
}

#[tokio::test]
async fn malformed_refresh_token_is_unknown() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let good = &tokens.refresh;
    let flipped = if &good[60..61] == "A" { "B" } else { "A" };
    let forged_tag = format!("{}{flipped}{}", &good[..60], &good[61..]);
    for bad in ["", "lkr_", "x", &tokens.access, &good[4..], &forged_tag, &format!("{good}A"), &format!("lkr_{good}")] {
        server.refresh(bad).await.refused("unknown");
    }
    assert_alive(&server, &tokens).await;
    server.rotate(good).await;
}

#[tokio::test]
async fn token_of_another_server_is_unknown() {
    let (ours, theirs) = (Server::start().await, Server::with(&["--access-token-ttl", "1m"]).await);
    let foreign = theirs.register("ada").await;
    ours.register("ada").await;
    ours.refresh(&foreign.refresh).await.refused("unknown");
}

#[tokio::test]
async fn refresh_with_expired_access_token_succeeds() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    server.clock.advance(10 * 60 * SECOND);
    let body = json!({ "refreshToken": tokens.refresh, "accessToken": tokens.access });
    assert_eq!(server.post("/api/token/refresh", body).await.status, 200);
}

#[tokio::test]
async fn refresh_with_foreign_access_token_is_refused() {
    let server = Server::start().await;
    let (here, there) = (server.register("ada").await, server.log_in("ada").await);
    let forged = Forger::from_good(&server, &here.access).with_foreign_key().0.sign();
    for access_token in [&there.access, &forged, "garbage"] {
        let body = json!({ "refreshToken": here.refresh, "accessToken": access_token });
        server.post("/api/token/refresh", body).await.refused("unknown");
    }
    server.rotate(&here.refresh).await;
}

#[tokio::test]
async fn replay_with_a_wrong_access_token_is_detected() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    let third = server.rotate(&second.refresh).await;
    let body = json!({ "refreshToken": first.refresh, "accessToken": "garbage" });
    server.post("/api/token/refresh", body).await.refused("replayed");
    assert_dead(&server, &third, "replayed").await;
}

#[tokio::test]
async fn refresh_with_access_token_of_the_old_url_succeeds() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let server = server.restart(&["--public-url", "http://localhost:3000"]).await;
    server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
    let body = json!({ "refreshToken": tokens.refresh, "accessToken": tokens.access });
    assert_eq!(server.post("/api/token/refresh", body).await.status, 200);
}

#[tokio::test]
async fn parent_after_a_shorter_retry_window_is_a_replay() {
    let server = Server::with(&["--retry-window", "5s"]).await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    assert_alive(&server, &second).await;
    server.clock.advance(5 * SECOND);
    server.refresh(&first.refresh).await.refused("replayed");
}

#[tokio::test]
async fn refresh_with_a_stale_authorization_succeeds() {
    use axum::body::Body;
    use axum::http::{Request, header};
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let request = Request::post("/api/token/refresh")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, "Bearer long.gone.token")
        .body(Body::from(json!({ "refreshToken": tokens.refresh }).to_string()));
    assert_eq!(server.send(request.unwrap()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_refreshes_of_one_token_get_one_successor() {
    let server = std::sync::Arc::new(Server::start().await);
    let first = server.register("ada").await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (server, token) = (server.clone(), first.refresh.clone());
            tokio::spawn(async move { server.rotate(&token).await.refresh })
        })
        .collect();
    let mut successors = Vec::new();
    for task in tasks {
        successors.push(task.await.unwrap());
    }
    successors.dedup();
    assert_eq!(successors.len(), 1);
    assert_eq!(server.sql("SELECT generation FROM sessions").await, "1");
}

#[tokio::test]
async fn live_and_ended_sessions_survive_a_restart() {
    let server = Server::start().await;
    let (kept, ended) = (server.register("ada").await, server.log_in("ada").await);
    let parent = kept.refresh.clone();
    let kept = server.rotate(&kept.refresh).await;
    server.post("/api/token/revoke", json!({ "refreshToken": ended.refresh })).await;

    let server = server.restart(&[]).await;
    assert_alive(&server, &kept).await;
    assert_dead(&server, &ended, "logged_out").await;
    assert_eq!(server.rotate(&parent).await.refresh, kept.refresh, "a retry across the restart");
    server.rotate(&kept.refresh).await;
}

#[tokio::test]
async fn expired_session_after_clock_set_back_stays_expired() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    server.clock.advance(DAY);
    server.refresh(&tokens.refresh).await.refused("expired");
    server.clock.set_back(DAY);
    assert_dead(&server, &tokens, "expired").await;
}

#[tokio::test]
async fn session_of_a_disabled_account_stays_ended_when_enabled() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    server.tamper("UPDATE users SET disabled_at = 1").await;
    server.refresh(&tokens.refresh).await.refused("revoked_by_admin");
    server.tamper("UPDATE users SET disabled_at = NULL").await;
    assert_dead(&server, &tokens, "revoked_by_admin").await;
}
