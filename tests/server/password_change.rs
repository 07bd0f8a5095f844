//! `POST /api/account/password` against an attacker who copied tokens, or the database, before the change.

use crate::support::outside::{Action, Trigger};
use crate::support::{Answer, PASSWORD, Server, Tokens};
use axum::body::Body;
use axum::http::{Request, header};
use latchkey_core::clock::Clock as _;
use latchkey_core::sessions::lifecycle::Generation;
use latchkey_core::sessions::{ClientInfo, ParsedRefreshToken, RevokeError, RowSecret};
use latchkey_wire::{AccessToken, REFRESH_TOKEN_PREFIX};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PASSWORDS: [&str; 2] = [PASSWORD, "violet umbrella on a quiet tram"];
const SECOND: Duration = Duration::from_secs(1);

async fn change(server: &Server, tokens: &Tokens, current: &str, new: &str) -> Answer {
    let body = json!({ "currentPassword": current, "newPassword": new });
    server.post_as(&tokens.access, "/api/account/password", body).await
}

/// Changes the password this many times in this session.
async fn changed(server: &Server, mut tokens: Tokens, times: usize) -> Tokens {
    for time in 0..times {
        let answer = change(server, &tokens, PASSWORDS[time % 2], PASSWORDS[(time + 1) % 2]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        tokens = answer.tokens();
    }
    tokens
}

async fn assert_alive(server: &Server, tokens: &Tokens) {
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    server.rotate(&tokens.refresh).await;
}

#[track_caller]
fn assert_outdated(answer: &Answer) {
    assert_eq!(answer.problem(401, "invalid_token")["reason"], "password_changed");
    assert!(answer.header("www-authenticate").contains(r#"error="invalid_token""#));
}

async fn oauth(server: &Server, path: &str, form: String) -> Answer {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if path == "/oauth/introspect" {
        // gateway:0123456789abcdef
        request = request.header(header::AUTHORIZATION, "Basic Z2F0ZXdheTowMTIzNDU2Nzg5YWJjZGVm");
    }
    server.send(request.body(Body::from(form)).unwrap()).await
}

#[tokio::test]
async fn password_change_returns_tokens_of_the_next_generation() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let old = server.rotate(&first.refresh).await;
    server.clock.advance(60 * SECOND);
    let answer = change(&server, &old, PASSWORDS[0], PASSWORDS[1]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    let new = answer.tokens();
    assert_eq!(new.claims()["sid"], old.claims()["sid"], "the session goes on");
    assert_eq!(new.claims()["gen"], 2);
    assert_eq!(new.all["refreshTokenExpiresAt"], "2026-01-01T12:01:00Z", "the idle lifetime begins anew");
    let row =
        server.sql("SELECT generation || ' ' || valid_from_generation || ' ' || confirmed_generation FROM sessions");
    assert_eq!(row.await, "2 2 1");
    assert_alive(&server, &new).await;
}

#[tokio::test]
async fn copied_refresh_token_after_change_is_refused() {
    for seen in [true, false] {
        let server = Server::with(&["--introspection-client", "gateway:0123456789abcdef"]).await;
        let first = server.register("ada").await;
        let second = server.rotate(&first.refresh).await;
        let third = server.rotate(&second.refresh).await;
        let new = changed(&server, third.clone(), 1).await;
        if seen {
            assert_eq!(server.get_as(&new.access, "/api/me").await.status, 200);
        }
        for later in [0, 29, 1, 3600] {
            server.clock.advance(later * SECOND);
            for copy in [&third, &second, &first] {
                server.refresh(&copy.refresh).await.refused("password_changed");
                let with_access = json!({ "refreshToken": copy.refresh, "accessToken": "garbage" });
                server.post("/api/token/refresh", with_access).await.refused("password_changed");
                let form = format!("grant_type=refresh_token&refresh_token={}", copy.refresh);
                let answer = oauth(&server, "/oauth/token", form).await;
                assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_grant")));
                assert!(answer.json()["error_description"].as_str().unwrap().starts_with("password_changed: "));
                let judged = oauth(&server, "/oauth/introspect", format!("token={}", copy.refresh)).await;
                assert_eq!(judged.json(), json!({ "active": false }));
            }
        }
        let new = server.rotate(&new.refresh).await;
        server.refresh(&third.refresh).await.refused("password_changed");
        assert_alive(&server, &new).await;
        assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'replay_detected'").await, "0");
        let metrics = server.app.server.metrics.to_text();
        assert!(metrics.contains("latchkey_refreshes_total{outcome=\"replayed\"} 0"));
        assert!(metrics.contains("latchkey_refreshes_total{outcome=\"password_changed\"} 37"));
    }
}

#[tokio::test]
async fn copied_access_token_after_a_password_change_is_refused() {
    let server = Server::with(&["--introspection-client", "gateway:0123456789abcdef"]).await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    let new = changed(&server, second.clone(), 1).await;
    for copy in [&first, &second] {
        for path in ["/api/me", "/api/customers", "/api/sessions", "/api/account/events"] {
            assert_outdated(&server.get_as(&copy.access, path).await);
        }
        for path in ["/api/sessions/revoke-others", "/api/token/revoke"] {
            assert_outdated(&server.post_as(&copy.access, path, json!({})).await);
        }
        assert_outdated(&change(&server, copy, PASSWORDS[1], "another umbrella on the tram").await);
        assert_outdated(
            &server.post_as(&copy.access, "/api/account/delete", json!({ "password": PASSWORDS[1] })).await,
        );
        let judged = oauth(&server, "/oauth/introspect", format!("token={}", copy.access)).await;
        assert_eq!(judged.json(), json!({ "active": false }));
    }
    assert_eq!(server.sql("SELECT confirmed_generation FROM sessions").await, "1", "it confirms nothing");
    assert_alive(&server, &new).await;
}

#[tokio::test]
async fn copied_tokens_after_change_cannot_log_the_owner_out() {
    let server = Server::start().await;
    let old = server.register("ada").await;
    let new = changed(&server, old.clone(), 1).await;
    for token in [&old.refresh, &old.access] {
        assert_eq!(oauth(&server, "/oauth/revoke", format!("token={token}")).await.status, 200, "as for any bad token");
    }
    let body = json!({ "refreshToken": old.refresh });
    assert_eq!(server.post("/api/token/revoke", body.clone()).await.status, 204);
    assert_eq!(server.get_as(&new.access, "/api/me").await.status, 200);

    // The owner's new token with an old one beside it ends the session.
    assert_eq!(server.post_as(&new.access, "/api/token/revoke", body).await.status, 204);
    server.get_as(&new.access, "/api/me").await.problem(401, "invalid_token");
    server.refresh(&new.refresh).await.refused("logged_out");
    server.refresh(&old.refresh).await.refused("logged_out");
}

#[tokio::test]
async fn copied_database_and_keyring_after_change_forge_nothing() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let old = server.rotate(&first.refresh).await;
    let secret = || async { RowSecret::parse(&server.sql("SELECT secret FROM sessions").await).unwrap() };
    let stolen = secret().await;
    let new = changed(&server, old.clone(), 1).await;
    let current = secret().await;
    assert!(current != stolen);

    let id = ParsedRefreshToken::parse(&old.refresh, REFRESH_TOKEN_PREFIX).unwrap().session;
    let keyring = server.app.server.sessions.keyring();
    let forged = |generation, secret| {
        ParsedRefreshToken::mint(keyring.secret_in_use(server.clock.now()), id, Generation(generation), secret)
            .encode(REFRESH_TOKEN_PREFIX)
    };
    for generation in [2, 3, 4, u32::MAX] {
        server.refresh(forged(generation, stolen).expose()).await.refused("unknown");
    }
    for generation in [0, 1] {
        server.refresh(forged(generation, current).expose()).await.refused("unknown");
        server.refresh(forged(generation, stolen).expose()).await.refused("password_changed");
    }
    let twice = change(&server, &new, PASSWORDS[1], PASSWORDS[0]).await.tokens();
    for generation in [3, 4] {
        server.refresh(forged(generation, stolen).expose()).await.refused("unknown");
        server.refresh(forged(generation, current).expose()).await.refused("unknown");
    }
    assert_alive(&server, &twice).await;
}

#[tokio::test]
async fn tokens_before_several_password_changes_are_outdated() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = changed(&server, first.clone(), 1).await;
    let third = change(&server, &second, PASSWORDS[1], PASSWORDS[0]).await.tokens();
    let new = changed(&server, third.clone(), 3).await;
    for old in [&first, &second, &third] {
        server.refresh(&old.refresh).await.refused("password_changed");
        assert_outdated(&server.get_as(&old.access, "/api/me").await);
    }
    assert_alive(&server, &new).await;
}

#[tokio::test]
async fn many_password_changes_keep_the_row_bounded() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = changed(&server, first.clone(), 1).await;
    let new = changed(&server, change(&server, &second, PASSWORDS[1], PASSWORDS[0]).await.tokens(), 15).await;
    assert_eq!(server.sql("SELECT LENGTH(retired_secrets) FROM sessions").await, (16 * 44 - 1).to_string());
    server.refresh(&second.refresh).await.refused("password_changed");
    // It is not known any more, and ends nothing either.
    server.refresh(&first.refresh).await.refused("unknown");
    assert_alive(&server, &new).await;
}

#[tokio::test]
async fn outdated_token_of_an_expired_session_says_expired() {
    let server = Server::start().await;
    let old = server.register("ada").await;
    let new = changed(&server, old.clone(), 1).await;
    server.clock.advance(12 * 3600 * SECOND);
    server.refresh(&old.refresh).await.refused("expired");
    server.refresh(&new.refresh).await.refused("expired");
}

#[tokio::test]
async fn outdated_tokens_stay_outdated_after_a_key_rotation() {
    let server = Server::start().await;
    let old = server.register("ada").await;
    let new = changed(&server, old.clone(), 1).await;
    let (server, ended) = server.restart_after(&["key", "rotate"]).await;
    ended.done();
    server.refresh(&old.refresh).await.refused("password_changed");
    assert_outdated(&server.get_as(&old.access, "/api/me").await);
    assert_alive(&server, &new).await;
}

/// A thief's request has passed the check of its access token when the owner's password change commits.
#[tokio::test]
async fn request_during_a_password_change_cannot_end_the_session() {
    let server = Server::start().await;
    let old = server.register("ada").await;
    let other = server.log_in("ada").await;
    let caller = server.app.server.sessions.authenticate(&AccessToken::from(old.access.clone())).await.unwrap();
    let new = changed(&server, old, 1).await;
    let there = server.post("/api/auth/login", json!({ "username": "ada", "password": PASSWORDS[1] })).await.tokens();
    let outcome = server.app.server.sessions.revoke_others(&caller, &ClientInfo::default()).await;
    assert!(matches!(outcome, Err(RevokeError::CallerEnded)), "{outcome:?}");
    server.refresh(&other.refresh).await.refused("password_changed");
    assert_alive(&server, &there).await;
    assert_alive(&server, &new).await;
}

/// The replay is read before the change is committed, and judged by what it read; it is written after.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replay_while_a_password_change_is_written_ends_nothing() {
    let server = Arc::new(Server::with(&["--throttle", "off"]).await);
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    let third = server.rotate(&second.refresh).await;
    // The first use of tokens is written, too; a slow disk must not make that look like the change.
    assert_eq!(server.get_as(&third.access, "/api/me").await.status, 200);
    // Makes the transaction slow.
    let event = "BEFORE UPDATE OF valid_from_generation ON sessions";
    server.add_trigger(Trigger::new("slow", event, Action::Count(2_500_000))).await;
    let changing = {
        let server = server.clone();
        tokio::spawn(async move { change(&server, &third, PASSWORDS[0], PASSWORDS[1]).await })
    };
    let mut other = server.connect().await;
    // Nothing but that trigger keeps the database locked for so long. Attempts count, not the time between two of them, in
    // which a busy machine may do something else.
    let (begun, mut locked_since) = (Instant::now(), None);
    loop {
        if !server.is_locked(&mut other).await {
            locked_since = None;
        } else if locked_since.get_or_insert_with(Instant::now).elapsed() >= Duration::from_millis(100) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "the change was never written");
        tokio::task::yield_now().await;
    }
    server.refresh(&first.refresh).await.refused("password_changed");
    let answer = changing.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_alive(&server, &answer.tokens()).await;
}

/// Either order is right: the replay ends the session and the change fails, or the change is made and the token is not
/// a replay.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replay_during_a_password_change_cannot_end_the_session() {
    let server = Arc::new(Server::with(&["--throttle", "off"]).await);
    server.register("ada").await;
    let mut current = 0;
    for round in 0..12 {
        let body = json!({ "username": "ada", "password": PASSWORDS[current] });
        let first = server.post("/api/auth/login", body).await.tokens();
        let second = server.rotate(&first.refresh).await;
        let third = server.rotate(&second.refresh).await;
        let changing = {
            let (server, third) = (server.clone(), third.clone());
            tokio::spawn(async move { change(&server, &third, PASSWORDS[current], PASSWORDS[1 - current]).await })
        };
        // The hash takes most of the time; the race comes after it.
        for _ in 0..round * 200 {
            tokio::task::yield_now().await;
        }
        let replay = server.refresh(&first.refresh).await;
        let answer = changing.await.unwrap();
        if answer.status == 200 {
            replay.refused("password_changed");
            assert_alive(&server, &answer.tokens()).await;
            current = 1 - current;
        } else {
            answer.problem(401, "invalid_token");
            replay.refused("replayed");
        }
    }
}

#[tokio::test]
async fn upgrade_of_a_database_ends_no_live_session() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let kept = server.rotate(&first.refresh).await;
    for statement in [
        "DELETE FROM _latchkey_migrations WHERE version = 7",
        "ALTER TABLE sessions DROP COLUMN valid_from_generation",
        "ALTER TABLE sessions DROP COLUMN retired_secrets",
    ] {
        server.tamper(statement).await;
    }
    let server = server.restart(&[]).await;
    assert_eq!(server.get_as(&kept.access, "/api/me").await.status, 200);
    assert_eq!(server.rotate(&first.refresh).await.refresh, kept.refresh, "a retry");
    let kept = server.rotate(&kept.refresh).await;
    let new = changed(&server, kept.clone(), 1).await;
    server.refresh(&kept.refresh).await.refused("password_changed");
    assert_alive(&server, &new).await;
}
