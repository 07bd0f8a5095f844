//! `POST /oauth/introspect`.

use super::{assert_error, post, post_with};
use crate::support::forge::Forger;
use crate::support::{Answer, Server};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::time::Duration;

const SECRET: &str = "0123456789+abc%def&=";

async fn server() -> Server {
    let client = format!("gateway:{SECRET}");
    Server::with(&["--introspection-client", &client, "--default-roles", "Manager"]).await
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

async fn ask(server: &Server, token: &str) -> Answer {
    post_with(server, "/oauth/introspect", &basic("gateway", SECRET), &[("token", token)]).await
}

async fn judged(server: &Server, token: &str) -> Value {
    let answer = ask(server, token).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

async fn assert_inactive(server: &Server, token: &str) {
    assert_eq!(judged(server, token).await, json!({ "active": false }));
}

#[tokio::test]
async fn active_access_token_shows_its_user_and_roles() {
    let server = server().await;
    let tokens = server.register("Ada").await;
    let claims = tokens.claims();
    assert_eq!(
        judged(&server, &tokens.access).await,
        json!({
            "active": true, "client_id": "latchkey", "token_type": "Bearer", "username": "Ada",
            "sub": tokens.all["user"]["id"], "roles": ["Manager"], "sid": claims["sid"],
            "iss": "http://127.0.0.1:3000", "aud": "http://127.0.0.1:3000",
            "iat": claims["iat"], "exp": claims["exp"], "jti": claims["jti"],
        })
    );
}

#[tokio::test]
async fn introspected_refresh_token_is_typed_and_not_used() {
    let server = server().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    let third = server.rotate(&second.refresh).await;
    let told = judged(&server, &third.refresh).await;
    assert_eq!((&told["active"], &told["token_type"]), (&json!(true), &json!("refresh_token")));
    assert_eq!(told["exp"], 1_767_225_600 + 12 * 60 * 60);
    assert_eq!(told["sid"], first.claims()["sid"]);
    assert_eq!(told.get("jti"), None);
    // The parent would still be answered, so it is active; anything older is not, and an introspection is not a replay.
    assert_eq!(judged(&server, &second.refresh).await["active"], true);
    assert_inactive(&server, &first.refresh).await;
    assert_eq!(server.sql("SELECT generation FROM sessions").await, "2");
    server.rotate(&third.refresh).await;
}

#[tokio::test]
async fn ended_expired_or_foreign_token_is_inactive() {
    let server = server().await;
    let (ended, late) = (server.register("ada").await, server.log_in("ada").await);
    assert_eq!(judged(&server, &ended.access).await["active"], true);
    server.post("/api/token/revoke", json!({ "refreshToken": ended.refresh })).await;
    assert_inactive(&server, &ended.access).await;
    assert_inactive(&server, &ended.refresh).await;

    let forged = Forger::from_good(&server, &late.access).with_foreign_key().0.sign();
    let unborn = Forger::from_good(&server, &late.access).with_claim("gen", json!(1)).sign();
    let other_audience = Forger::from_good(&server, &late.access).with_claim("aud", json!("https://other.example"));
    for token in ["garbage", "lkr_garbage", "a.b.c", &forged, &unborn, &other_audience.sign()] {
        assert_inactive(&server, token).await;
    }
    server.clock.advance(Duration::from_secs(300));
    assert_inactive(&server, &late.access).await;
    assert_eq!(judged(&server, &late.refresh).await["active"], true);
    server.clock.advance(Duration::from_secs(12 * 60 * 60));
    assert_inactive(&server, &late.refresh).await;
}

#[tokio::test]
async fn disabled_account_and_removed_role_show_at_once() {
    let server = server().await;
    let tokens = server.register("ada").await;
    server.tamper("UPDATE users SET roles = ''").await;
    assert_eq!(judged(&server, &tokens.access).await["roles"], json!([]));
    server.tamper("UPDATE users SET disabled_at = 1").await;
    assert_inactive(&server, &tokens.access).await;
    assert_inactive(&server, &tokens.refresh).await;
}

#[tokio::test]
async fn wrong_token_type_hint_is_ignored() {
    let server = server().await;
    let tokens = server.register("ada").await;
    for (token, hint) in [(&tokens.access, "refresh_token"), (&tokens.refresh, "access_token"), (&tokens.access, "x")] {
        let sent = [("token", &**token), ("token_type_hint", hint)];
        let answer = post_with(&server, "/oauth/introspect", &basic("gateway", SECRET), &sent).await;
        assert_eq!(answer.json()["active"], true, "{hint}");
    }
}

/// A service that takes the token is a place where it has been used: its owner has received it, so the parent is a
/// replay from then on.
#[tokio::test]
async fn introspected_token_counts_as_seen() {
    let server = server().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    assert_eq!(judged(&server, &second.access).await["active"], true);
    server.clock.advance(Duration::from_secs(31));
    server.refresh(&first.refresh).await.refused("replayed");
}

#[tokio::test]
async fn introspection_accepts_three_client_authentications() {
    let server = server().await;
    let tokens = server.register("ada").await;
    let token = ("token", &*tokens.access);
    // As OAuth has it: encoded like a form first.
    let encoded = basic("gateway", "0123456789%2Babc%25def%26%3D");
    assert_eq!(post_with(&server, "/oauth/introspect", &encoded, &[token]).await.json()["active"], true);
    // As curl has it.
    assert_eq!(ask(&server, &tokens.access).await.json()["active"], true);
    let in_form = [token, ("client_id", "gateway"), ("client_secret", SECRET)];
    assert_eq!(post(&server, "/oauth/introspect", &in_form).await.json()["active"], true);
    let twice = post_with(&server, "/oauth/introspect", &basic("gateway", SECRET), &in_form).await;
    assert_error(&twice, 400, "invalid_request");
    let other_name = [token, ("client_id", "other")];
    let contradicted = post_with(&server, "/oauth/introspect", &basic("gateway", SECRET), &other_name).await;
    assert_error(&contradicted, 400, "invalid_request");
}

#[tokio::test]
async fn unauthenticated_introspection_reveals_nothing() {
    let server = server().await;
    let tokens = server.register("ada").await;
    let token = ("token", &*tokens.access);
    let bearer = format!("Bearer {}", tokens.access);
    let longer = format!("{SECRET}x");
    let forms: [&[(&str, &str)]; 5] = [
        &[token],
        &[token, ("client_id", "gateway")],
        &[token, ("client_secret", SECRET)],
        &[token, ("client_id", "latchkey"), ("client_secret", SECRET)],
        &[token, ("client_id", "gateway"), ("client_secret", "0123456789012345")],
    ];
    for sent in forms {
        let answer = post(&server, "/oauth/introspect", sent).await;
        assert_error(&answer, 401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), r#"Basic realm="latchkey""#);
    }
    let headers = [
        bearer,
        "Basic".to_owned(),
        "Basic ***".to_owned(),
        basic("gateway", ""),
        basic("gateway", &longer),
        basic("gateway", &SECRET[..19]),
        basic("Gateway", SECRET),
        basic("", SECRET),
    ];
    for authorization in headers {
        let answer = post_with(&server, "/oauth/introspect", &authorization, &[token]).await;
        assert_error(&answer, 401, "invalid_client");
    }
    // An unauthenticated client does not even learn whether a token was given.
    assert_error(&ask(&server, "").await, 400, "invalid_request");
}

#[tokio::test]
async fn introspection_without_a_configured_client_is_a_404() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let sent = [("token", &*tokens.access), ("client_id", ""), ("client_secret", "")];
    assert_error(&post(&server, "/oauth/introspect", &sent).await, 404, "not_found");
    assert_error(&ask(&server, &tokens.access).await, 404, "not_found");
    assert_error(&post(&server, "/oauth/introspect", &[]).await, 404, "not_found");
}

#[tokio::test]
async fn client_secret_guesses_are_throttled() {
    let server = server().await;
    let tokens = server.register("ada").await;
    let guess = async || {
        post_with(&server, "/oauth/introspect", &basic("gateway", "0123456789abcdef"), &[("token", "x")]).await
    };
    for _ in 0..20 {
        assert_error(&guess().await, 401, "invalid_client");
    }
    let answer = guess().await;
    assert_error(&answer, 429, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), "1");
    assert_error(&ask(&server, &tokens.access).await, 429, "temporarily_unavailable");
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(judged(&server, &tokens.access).await["active"], true);
}
