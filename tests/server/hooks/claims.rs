//! `claims`, and what they mean for tokens and rows from before and after.

use super::OTHER;
use crate::support::forge::Forger;
use crate::support::{Answer, PASSWORD, Server};
use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::get;
use axum::{Json, Router};
use latchkey_axum::extract::CurrentUser;
use latchkey_axum::pipeline;
use latchkey_core::hooks::Hooks;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tower::ServiceExt as _;

/// Adds the plan of the user.
fn plans() -> Hooks {
    Hooks::default().claims(async |user| json!({ "plan": { "name": "pro", "of": user.username } }))
}

/// Returns these claims.
fn returning(claims: Value) -> Hooks {
    Hooks::default().claims(move |_| {
        let claims = claims.clone();
        async move {
            assert_ne!(claims, json!({ "panics": true }), "a bug of the application");
            claims
        }
    })
}

/// The claims that a route of the application gets.
async fn claims_of_caller(server: &Server, token: &str) -> Value {
    let state = &server.app.server;
    let own = async |CurrentUser(caller): CurrentUser| Json(caller.claims.as_map().clone());
    let routes = Router::new().route("/claims", get(own)).with_state(state.clone());
    let request = Request::get("/claims").header(header::HOST, "localhost");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
    Answer::read(pipeline::finish(routes, state, None).oneshot(request).await.unwrap()).await.json()
}

async fn refresh_with(server: &Server, refresh: &str, access: &str) -> Answer {
    server.post("/api/token/refresh", json!({ "refreshToken": refresh, "accessToken": access })).await
}

async fn form(server: &Server, path: &str, body: String) -> Value {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    server.send(request.body(Body::from(body)).unwrap()).await.json()
}

#[tokio::test]
async fn each_operation_that_issues_tokens_adds_claims() {
    let server = Server::start().await.with_hooks(plans());
    let plan = json!({ "name": "pro", "of": "ada" });
    let registered = server.register("ada").await;
    let refreshed = server.rotate(&registered.refresh).await;
    let retried = server.rotate(&registered.refresh).await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": OTHER });
    let changed = server.post_as(&refreshed.access, "/api/account/password", change).await.tokens();
    let logged_in = server.post("/api/auth/login", json!({ "username": "ada", "password": OTHER })).await.tokens();
    for tokens in [registered, refreshed, retried, changed, logged_in.clone()] {
        assert_eq!(tokens.claims()["plan"], plan);
        assert_eq!(tokens.claims()["username"], "ada");
    }
    let body = format!("grant_type=refresh_token&refresh_token={}", logged_in.refresh);
    let by_oauth = form(&server, "/oauth/token", body).await;
    assert_eq!(claims_of_caller(&server, by_oauth["access_token"].as_str().unwrap()).await, json!({ "plan": plan }));
}

#[tokio::test]
async fn caller_has_the_claims_of_its_token() {
    let server = Server::start().await.with_hooks(plans());
    let tokens = server.register("ada").await;
    for _ in 0..2 {
        assert_eq!(claims_of_caller(&server, &tokens.access).await, json!({ "plan": tokens.claims()["plan"] }));
    }
    let server = server.with_hooks(returning(json!({ "plan": "free" })));
    assert_eq!(claims_of_caller(&server, &tokens.access).await["plan"]["name"], "pro", "until it expires");
}

#[tokio::test]
async fn introspection_shows_claims_of_access_tokens_only() {
    let client = "gateway:0123456789abcdefghij";
    let server = Server::with(&["--introspection-client", client]).await.with_hooks(plans());
    let tokens = server.register("ada").await;
    let ask = async |token: &str| {
        let (id, secret) = client.split_once(':').unwrap();
        form(&server, "/oauth/introspect", format!("client_id={id}&client_secret={secret}&token={token}")).await
    };
    let access = ask(&tokens.access).await;
    assert_eq!((&access["active"], &access["plan"]), (&json!(true), &tokens.claims()["plan"]));
    let refresh = ask(&tokens.refresh).await;
    assert_eq!((&refresh["active"], refresh.get("plan")), (&json!(true), None));
}

#[tokio::test]
async fn token_without_claims_survives_deployment_of_the_hook() {
    let server = Server::start().await;
    let before = server.register("ada").await;
    let server = server.with_hooks(plans());
    assert_eq!(server.get_as(&before.access, "/api/me").await.status, 200);
    assert_eq!(claims_of_caller(&server, &before.access).await, json!({}));
    let next = refresh_with(&server, &before.refresh, &before.access).await;
    assert_eq!(next.status, 200, "{}", next.text);
    assert_eq!(next.tokens().claims()["plan"]["name"], "pro");
    assert_eq!(server.get_as(&next.tokens().access, "/api/me").await.status, 200);
}

#[tokio::test]
async fn token_with_claims_survives_removal_of_the_hook() {
    let server = Server::start().await.with_hooks(plans());
    let before = server.register("ada").await;
    let server = server.with_hooks(Hooks::default());
    assert_eq!(server.get_as(&before.access, "/api/me").await.status, 200);
    let next = refresh_with(&server, &before.refresh, &before.access).await;
    assert_eq!(next.status, 200, "{}", next.text);
    assert_eq!(next.tokens().claims().get("plan"), None);
}

#[tokio::test]
async fn claim_of_a_later_version_does_not_invalidate_a_token() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let later = Forger::from_good(&server, &tokens.access).with_claim("latchkey_later", json!([1])).sign();
    assert_eq!(server.get_as(&later, "/api/me").await.status, 200);
    assert_eq!(claims_of_caller(&server, &later).await, json!({}), "it is not a claim of the application");
    assert_eq!(refresh_with(&server, &tokens.refresh, &later).await.status, 200);
}

#[tokio::test]
async fn claims_that_break_the_rules_change_nothing() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let state = "SELECT string_agg(generation || ' ' || rotated_at, ',') FROM sessions";
    let before = server.sql(state).await;
    let account = |username: &str| json!({ "username": username, "password": PASSWORD });
    let change = json!({ "currentPassword": PASSWORD, "newPassword": OTHER });
    let nested = (0..150).fold(json!(1), |inner, _| json!([inner]));
    let mut server = server;
    for wrong in [
        json!({ "sub": "eve" }),
        json!({ "roles": ["Manager"] }),
        json!({ "exp": 9_999_999_999_i64 }),
        json!({ "active": true }),
        json!({ "latchkey_plan": "pro" }),
        json!({ "plan": "x".repeat(600) }),
        json!({ "plan": nested }),
        json!(["pro"]),
        Value::Null,
        json!({ "panics": true }),
    ] {
        server = server.with_hooks(returning(wrong.clone()));
        let answers = [
            server.post("/api/auth/register", account("eve")).await,
            server.post("/api/auth/login", account("ada")).await,
            server.post_as(&tokens.access, "/api/account/password", change.clone()).await,
            refresh_with(&server, &tokens.refresh, &tokens.access).await,
        ];
        for answer in answers {
            answer.problem(500, "internal");
        }
        assert_eq!(server.sql(state).await, before, "{wrong:.60}");
        assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "1");
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM login_failures WHERE key LIKE 'account%' AND count > 0").await, "0");
    let server = server.with_hooks(plans());
    assert_eq!(server.rotate(&tokens.refresh).await.claims()["plan"]["name"], "pro", "the client may try again");
    server.log_in("ada").await;
}

#[tokio::test]
async fn hook_that_fails_signs_no_user_out() {
    let working = Arc::new(AtomicBool::new(true));
    let state = working.clone();
    let server = Server::start().await.with_hooks(Hooks::default().claims(move |_| {
        let works = state.load(Ordering::SeqCst);
        async move { if works { Ok(json!({ "plan": "pro" })) } else { Err("the billing service does not answer") } }
    }));
    let tokens = server.register("ada").await;
    working.store(false, Ordering::SeqCst);
    server.refresh(&tokens.refresh).await.problem(500, "internal");
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    working.store(true, Ordering::SeqCst);
    assert_eq!(server.rotate(&tokens.refresh).await.claims()["plan"], "pro");
}
