//! Headers that every answer carries.

use crate::support::{Answer, Server};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

/// One answer of every kind: a page, a file, data, and each kind of error.
async fn responses_of_every_kind(server: &Server) -> Vec<(&'static str, Answer)> {
    let method = |method, path| server.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap());
    vec![
        ("a page", server.get("/").await),
        ("a page behind the guard", server.get("/customers").await),
        ("no page", server.get("/nothing").await),
        ("no file", server.get("/pkg/nothing.js").await),
        ("a redirect", server.get("/login/").await),
        ("data without a token", server.get("/api/me").await),
        ("no such data", server.get("/api/nothing").await),
        ("a wrong method", method("DELETE", "/api/me").await),
        ("a wrong method for a page", method("POST", "/login").await),
        ("a refused login", server.post("/api/auth/login", json!({ "username": "ada", "password": "wrong" })).await),
        ("keys", server.get("/.well-known/jwks.json").await),
        ("life", server.get("/healthz").await),
        (
            "a foreign host",
            server.send(Request::get("/").header("host", "evil.example").body(Body::empty()).unwrap()).await,
        ),
        ("no host", server.send_as_it_is(Request::get("/").body(Body::empty()).unwrap()).await),
    ]
}

#[tokio::test]
async fn every_response_has_headers_against_sniffing_and_framing() {
    let server = Server::start().await;
    for (what, answer) in responses_of_every_kind(&server).await {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{what}");
        let features = answer.header("permissions-policy");
        for feature in ["camera", "microphone", "geolocation", "payment", "usb", "display-capture"] {
            assert!(features.contains(&format!("{feature}=()")), "{what}: {feature} is not in {features}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{what}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{what}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains('*'), "{what}: {policy}");
        assert_eq!(answer.header("strict-transport-security"), "", "{what}");
        assert!(!answer.header("x-request-id").is_empty(), "{what}");
        assert_eq!(answer.header("server"), "", "{what}");
    }
}

#[tokio::test]
async fn content_security_policy_of_a_page_is_minimal() {
    let server = Server::start().await;
    let page = server.get("/login").await;
    let policy = page.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    assert_eq!(
        policy.replace(nonce, "N"),
        "default-src 'none'; script-src 'self' 'nonce-N' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    );
}

#[tokio::test]
async fn every_response_with_https_public_url_has_hsts() {
    let server = Server::with(&["--public-url", "https://login.example.org"]).await;
    for (what, answer) in responses_of_every_kind(&server).await {
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "{what}");
    }
}

#[tokio::test]
async fn get_request_to_a_write_endpoint_changes_nothing() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    for path in [
        "/api/auth/register?username=eve&password=correct%20horse%20battery",
        "/api/auth/login?username=ada",
        "/api/token/refresh",
        "/api/token/revoke",
        "/api/sessions/revoke",
        "/api/sessions/revoke-others",
        "/api/account/password",
        "/api/account/delete",
    ] {
        for method in ["GET", "HEAD"] {
            let request = Request::builder().method(method).uri(path);
            let request = request.header("authorization", format!("Bearer {}", tokens.access));
            let answer = server.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 405, "{method} {path}");
        }
    }
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "1");
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await, "1");
}
