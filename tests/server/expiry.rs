//! Expiry of sessions and tokens to the millisecond; a clock that is set back revives none.

use crate::support::{PASSWORD, START, Server, Tokens};
use latchkey_core::clock::{Clock as _, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn sign_in(server: &Server, remember: bool) -> Tokens {
    let body = json!({ "username": "ada", "password": PASSWORD, "remember": remember });
    let path = match server.sql("SELECT COUNT(*) FROM users").await.as_str() {
        "0" => "/api/auth/register",
        _ => "/api/auth/login",
    };
    server.post(path, body).await.tokens()
}

async fn status(server: &Server, tokens: &Tokens) -> u16 {
    server.get_as(&tokens.access, "/api/me").await.status
}

async fn fault(server: &Server, tokens: &Tokens) -> Value {
    server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token")["reason"].clone()
}

fn text(millis: i64) -> Value {
    json!(Timestamp::from_millis(millis).to_string())
}

#[tokio::test]
async fn access_token_expires_to_the_millisecond() {
    let server = Server::start().await;
    let tokens = sign_in(&server, false).await;
    server.clock.advance(5 * MINUTE - MILLISECOND);
    assert_eq!(status(&server, &tokens).await, 200);
    server.clock.advance(MILLISECOND);
    assert_eq!(fault(&server, &tokens).await, "expired");
}

#[tokio::test]
async fn access_token_between_two_seconds_expires_on_time() {
    let server = Server::start().await;
    server.clock.advance(400 * MILLISECOND);
    let tokens = sign_in(&server, false).await;
    assert_eq!(tokens.all["expiresIn"], 300);
    assert_eq!(tokens.all["expiresAt"], text(START + 301_000));
    server.clock.advance(300 * SECOND);
    assert_eq!(status(&server, &tokens).await, 200);
    server.clock.advance(600 * MILLISECOND);
    assert_eq!(fault(&server, &tokens).await, "expired");
}

#[tokio::test]
async fn idle_and_absolute_lifetime_end_to_the_millisecond() {
    for (remember, idle, absolute) in [(false, 12 * HOUR, 24 * HOUR), (true, 7 * DAY, 30 * DAY)] {
        let server = Server::start().await;
        let millis = |moment: Duration| START + i64::try_from(moment.as_millis()).unwrap();
        let unused = sign_in(&server, remember).await;
        let used = sign_in(&server, remember).await;
        assert_eq!(used.all["refreshTokenExpiresAt"], text(millis(idle)));

        server.clock.advance(idle - MILLISECOND);
        let used = server.rotate(&used.refresh).await;
        assert_eq!(used.all["refreshTokenExpiresAt"], text(millis((idle * 2 - MILLISECOND).min(absolute))));
        server.clock.advance(MILLISECOND);
        server.refresh(&unused.refresh).await.refused("expired");
        assert_eq!(status(&server, &used).await, 200);

        server.clock.advance(idle - MILLISECOND * 2);
        server.rotate(&used.refresh).await;
    }
}

#[tokio::test]
async fn sign_in_with_remember_omitted_lasts_seven_days() {
    let week = text(START + 7 * 86_400_000);
    let mut body = json!({ "username": "ada", "password": PASSWORD });
    let server = Server::start().await;
    for path in ["/api/auth/register", "/api/auth/login"] {
        let tokens = server.post(path, body.clone()).await.tokens();
        assert_eq!(tokens.all["refreshTokenExpiresAt"], week, "{path}");
        let me = server.get_as(&tokens.access, "/api/me").await.json();
        assert_eq!(me["session"]["remember"], true, "{path}");
        body["remember"] = Value::Null;
    }
    assert_eq!(server.post("/api/auth/login", body).await.tokens().all["refreshTokenExpiresAt"], week, "null");
    let document = server.get("/api/openapi.json").await.json();
    for path in ["/api/auth/register", "/api/auth/login"] {
        let body = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"];
        assert_eq!(body["schema"]["properties"]["remember"]["default"], true, "{path}");
    }
}

#[tokio::test]
async fn idle_end_is_capped_by_the_absolute_end() {
    let server = Server::with(&["--session-short-idle-ttl", "3h", "--session-short-absolute-ttl", "3h"]).await;
    let tokens = sign_in(&server, false).await;
    assert_eq!(tokens.all["refreshTokenExpiresAt"], text(START + 3 * 3_600_000));
    server.clock.advance(3 * HOUR - SECOND);
    let last = server.rotate(&tokens.refresh).await;
    assert_eq!(last.all["refreshTokenExpiresAt"], tokens.all["refreshTokenExpiresAt"]);
    server.clock.advance(SECOND);
    server.refresh(&last.refresh).await.refused("expired");
}

#[tokio::test]
async fn expires_in_at_the_sessions_end_never_exceeds_exp() {
    let server = Server::with(&["--session-short-idle-ttl", "3h", "--session-short-absolute-ttl", "3h"]).await;
    server.clock.advance(700 * MILLISECOND);
    let mut tokens = sign_in(&server, false).await;
    server.clock.advance(3 * HOUR - 3 * SECOND);
    for step in 0..30 {
        tokens = server.rotate(&tokens.refresh).await;
        let exp = tokens.claims()["exp"].as_i64().unwrap() * 1000;
        let expires_in = tokens.all["expiresIn"].as_i64().unwrap() * 1000;
        assert!(expires_in == 0 || server.clock.now().millis() + expires_in <= exp, "{step}: {expires_in}");
        server.clock.advance(100 * MILLISECOND);
    }
}

#[tokio::test]
async fn token_never_outlives_the_absolute_end() {
    let server = Server::start().await;
    let mut tokens = sign_in(&server, false).await;
    let end = START + 24 * 3_600_000;
    // Not on a full second, so that rounding errors show.
    server.clock.advance(7 * HOUR + 333 * MILLISECOND);
    while server.clock.now().millis() < end {
        let parent = tokens.refresh.clone();
        for again in [false, true] {
            tokens = server.rotate(&parent).await;
            let expires = tokens.claims()["exp"].as_i64().unwrap() * 1000;
            assert!(expires <= end, "{again}: {expires}");
            assert!(tokens.all["expiresIn"].as_i64().unwrap() * 1000 <= end - server.clock.now().millis());
            assert!(tokens.all["refreshTokenExpiresAt"].as_str() <= text(end).as_str());
            assert_eq!(server.sql("SELECT absolute_expires_at FROM sessions").await, end.to_string());
        }
        let left = Duration::from_millis(u64::try_from(end - server.clock.now().millis()).unwrap());
        server.clock.advance((left / 2).min(5 * HOUR).max(MILLISECOND));
    }
    server.refresh(&tokens.refresh).await.refused("expired");
    assert_eq!(fault(&server, &tokens).await, "expired");
}

#[tokio::test]
async fn clock_set_back_revives_no_ended_session() {
    let server = Server::start().await;
    let (left, stolen) = (sign_in(&server, true).await, sign_in(&server, true).await);
    let thief = server.rotate(&stolen.refresh).await;
    let owner = server.rotate(&thief.refresh).await;
    server.clock.advance(DAY);
    server.post("/api/token/revoke", json!({ "refreshToken": left.refresh })).await;
    server.refresh(&stolen.refresh).await.refused("replayed");

    let mut server = server;
    for back in [SECOND, HOUR, DAY, 40 * DAY] {
        server.clock.set_back(back);
        server.refresh(&left.refresh).await.refused("logged_out");
        for token in [&stolen, &thief, &owner] {
            server.refresh(&token.refresh).await.refused("replayed");
        }
        for token in [&left, &stolen, &thief, &owner] {
            assert_eq!(status(&server, token).await, 401);
        }
        server = server.restart(&[]).await;
    }
}

#[tokio::test]
async fn clock_set_back_does_not_widen_the_retry_window() {
    for (back, tolerated) in [(29_999, true), (30_000, false), (86_400_000, false)] {
        let server = Server::start().await;
        let first = sign_in(&server, true).await;
        let second = server.rotate(&first.refresh).await;
        assert_eq!(status(&server, &second).await, 200);
        server.clock.set_back(Duration::from_millis(back));
        let answer = server.refresh(&first.refresh).await;
        if tolerated {
            assert_eq!(answer.tokens().refresh, second.refresh, "{back} ms back");
        } else {
            answer.refused("replayed");
        }
    }
}

#[tokio::test]
async fn access_token_from_the_future_is_refused_until_then() {
    let server = Server::start().await;
    let tokens = sign_in(&server, true).await;
    server.clock.set_back(SECOND);
    assert_eq!(status(&server, &tokens).await, 200, "rounding may cost a second");
    server.clock.set_back(MILLISECOND);
    assert_eq!(fault(&server, &tokens).await, "invalid");
    // The session is live: a refresh is enough.
    let fresh = server.rotate(&tokens.refresh).await;
    assert_eq!(status(&server, &fresh).await, 200);
    server.clock.advance(MILLISECOND);
    assert_eq!(status(&server, &tokens).await, 200);
}

#[tokio::test]
async fn clock_set_back_does_not_lengthen_a_session() {
    let server = Server::start().await;
    let tokens = sign_in(&server, false).await;
    server.clock.advance(6 * HOUR);
    server.clock.set_back(6 * HOUR + 10 * MINUTE);
    let tokens = server.rotate(&tokens.refresh).await;
    assert_eq!(tokens.all["refreshTokenExpiresAt"], text(START + 12 * 3_600_000 - 600_000), "12 hours from now");
    assert_eq!(server.sql("SELECT absolute_expires_at FROM sessions").await, (START + 24 * 3_600_000).to_string());
}
