//! Requests from pages of other origins, with the headers that browsers send.

use crate::support::binary::Binary;
use crate::support::{Answer, PASSWORD, Server};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

const ALLOWED: &str = "https://app.example.org";

async fn log_in(server: &Server, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post("/api/auth/login").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    server.send(request.body(Body::from(body)).unwrap()).await
}

async fn server() -> Server {
    let server = Server::with(&["--allowed-origins", ALLOWED]).await;
    server.register("ada").await;
    server
}

#[tokio::test]
async fn write_from_own_allowed_or_absent_origin_is_accepted() {
    let server = server().await;
    let own = ("origin", "http://127.0.0.1:3000");
    for headers in [
        &[][..],
        &[("sec-fetch-site", "same-origin"), own],
        &[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:3000")],
        &[("sec-fetch-site", "none")],
        &[own],
        &[("origin", "http://localhost:3000"), ("host", "localhost:3000")],
        &[("origin", ALLOWED)],
        &[("sec-fetch-site", "cross-site"), ("origin", ALLOWED)],
        &[("sec-fetch-site", "same-site"), ("origin", ALLOWED)],
    ] {
        let answer = log_in(&server, headers).await;
        assert_eq!(answer.status, 200, "{headers:?}: {}", answer.text);
    }
}

#[tokio::test]
async fn cross_site_request_forgery_is_refused_and_counts_no_failure() {
    let server = server().await;
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://other.example.org")],
        // A page cannot choose these headers together, but a broken one could claim what it likes in one of them.
        &[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:3000")],
        &[("sec-fetch-site", "SAME-ORIGIN"), ("origin", "https://evil.example")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://app.example.org.evil.example")],
        &[("origin", "http://app.example.org")],
        &[("origin", "https://evil.example"), ("host", "127.0.0.1:3000")],
        &[("origin", "")],
        &[("origin", ALLOWED), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
    ] {
        let answer = log_in(&server, headers).await;
        assert_eq!(answer.status, 403, "{headers:?}");
        answer.problem(403, "cross_origin");
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM login_failures").await, "0");
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions").await, "1");
}

#[tokio::test]
async fn cross_site_get_of_a_page_is_allowed() {
    let server = server().await;
    let request =
        Request::get("/login").header("sec-fetch-site", "cross-site").header("origin", "https://evil.example");
    assert_eq!(server.send(request.body(Body::empty()).unwrap()).await.status, 200);
}

async fn preflight(server: &Server, origin: &str) -> Answer {
    let request = Request::options("/api/auth/login")
        .header("origin", origin)
        .header("sec-fetch-site", "cross-site")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn cors_headers_name_only_allowed_origins() {
    let server = server().await;
    let answer = preflight(&server, ALLOWED).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ALLOWED));
    assert_eq!(answer.header("access-control-allow-methods"), "GET,POST");
    assert_eq!(answer.header("access-control-allow-headers"), "authorization,content-type");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(!answer.header("x-request-id").is_empty(), "it is in the log, too");

    let answer = log_in(&server, &[("origin", ALLOWED)]).await;
    assert_eq!(answer.header("access-control-allow-origin"), ALLOWED);
    assert!(answer.header("access-control-expose-headers").contains("retry-after"));
    let request = Request::get("/api/me").header("origin", ALLOWED).body(Body::empty()).unwrap();
    let refused = server.send(request).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, ALLOWED), "errors can be read");

    for origin in ["https://evil.example", "null", "https://app.example.org.evil.example", "http://127.0.0.1:3000"] {
        for answer in [preflight(&server, origin).await, log_in(&server, &[("origin", origin)]).await] {
            assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        }
    }
}

#[tokio::test]
async fn server_without_allowed_origins_sends_no_cors_headers() {
    let server = Server::start().await;
    let answer = preflight(&server, ALLOWED).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (405, ""));
    assert!(!server.get("/api/me").await.header("vary").contains("origin"));
}

#[test]
fn refused_origin_is_logged_once_a_minute_with_the_setting() {
    let mut binary = Binary::start(&[("LATCHKEY_LOG", "warn")]);
    let log_in = |origin: &str| {
        let body = json!({ "username": "ada", "password": PASSWORD });
        binary.post("/api/auth/login", &format!("Origin: {origin}\r\n"), body).status
    };
    // A proxy has put its own name for the server in the place of the one that people type.
    assert_eq!(log_in("https://login.example.org"), 403);
    for origin in ["https://evil.example", "null"] {
        assert_eq!(log_in(origin), 403, "{origin}");
    }
    binary.wait_until("the log says so", |binary| binary.log().contains("LATCHKEY_PUBLIC_URL"));
    let log = binary.log();
    assert_eq!(log.matches("LATCHKEY_PUBLIC_URL").count(), 1, "{log}");
    assert!(log.contains("https://login.example.org") && log.contains("LATCHKEY_ALLOWED_ORIGINS"), "{log}");
    assert!(log.contains("Host"), "{log}");
}

#[test]
fn malformed_refused_origin_is_logged_as_unknown() {
    let mut binary = Binary::start(&[("LATCHKEY_LOG", "warn")]);
    let body = json!({ "username": "ada", "password": PASSWORD });
    let odd = "Origin: https://ada:hunter2@evil.example/x y\r\n";
    assert_eq!(binary.post("/api/auth/login", odd, body).status, 403);
    binary.wait_until("the log says so", |binary| binary.log().contains("LATCHKEY_PUBLIC_URL"));
    assert!(!binary.log().contains("evil") && binary.log().contains("unknown"), "{}", binary.log());
}
