//! The error table: every error is problem+json that says what to do and quotes no input.

use crate::support::{Answer, PASSWORD, Server};
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::json;

const POSTS: [&str; 4] = ["/api/auth/register", "/api/auth/login", "/api/token/refresh", "/api/token/revoke"];

async fn post_raw(server: &Server, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, content_type).body(body.into());
    server.send(request.unwrap()).await
}

#[tokio::test]
async fn malformed_body_is_a_400_without_parser_details() {
    let server = Server::start().await;
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let bodies: [&[u8]; 13] = [
        b"{",
        b"null",
        b"[]",
        b"\"text\"",
        br#"["ada","correct horse battery staple",true]"#,
        b"{} {}",
        b"\xff\xfe",
        br#"{"username":1,"password":2,"refreshToken":3}"#,
        br#"{"username":null,"password":null,"refreshToken":[]}"#,
        br#"{"username":"a","username":"b","password":"c","refreshToken":"d","refreshToken":"e"}"#,
        br#"{"username":"a","password":"b","remember":"yes","refreshToken":{}}"#,
        br#"{"username":"\ud800","password":"b","refreshToken":"\ud800"}"#,
        deep.as_bytes(),
    ];
    for path in POSTS {
        for body in bodies {
            let shown = String::from_utf8_lossy(body).chars().take(40).collect::<String>();
            let answer = post_raw(&server, path, "application/json", body.to_vec()).await;
            assert_eq!(answer.status, 400, "{path} {shown}: {}", answer.text);
            answer.problem(400, "invalid_request");
            for word in ["line", "column", "serde", "expected", "EOF"] {
                assert!(!answer.text.contains(word), "{path} {shown}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn missing_field_is_a_400() {
    let server = Server::start().await;
    for (path, body) in [
        ("/api/auth/register", json!({ "username": "ada" })),
        ("/api/auth/register", json!({ "password": PASSWORD })),
        ("/api/auth/login", json!({})),
        ("/api/auth/password-advice", json!({ "username": "ada" })),
        ("/api/token/refresh", json!({ "refresh_token": "x" })),
    ] {
        server.post(path, body).await.problem(400, "invalid_request");
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let server = Server::start().await;
    let body = json!({ "username": "ada", "password": PASSWORD, "favouriteColour": "green" });
    assert_eq!(server.post("/api/auth/register", body).await.status, 201);
}

#[tokio::test]
async fn body_over_the_limit_is_a_413() {
    let server = Server::start().await;
    for path in POSTS {
        let over = format!(r#"{{"username":"{}"}}"#, "x".repeat(16 * 1024));
        post_raw(&server, path, "application/json", over).await.problem(413, "payload_too_large");
    }
    let padding = 16 * 1024 - r#"{"username":"a","password":"b"}"#.len();
    let at = format!(r#"{{"username":"a","password":"b"}}{}"#, " ".repeat(padding));
    post_raw(&server, "/api/auth/login", "application/json", at).await.problem(401, "invalid_credentials");
}

#[tokio::test]
async fn wrong_content_type_is_a_415() {
    let server = Server::start().await;
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    for path in POSTS {
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp", "json"] {
            post_raw(&server, path, content_type, body.clone()).await.problem(415, "unsupported_media_type");
        }
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        post_raw(&server, "/api/auth/login", content_type, body.clone()).await.problem(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn unknown_path_under_api_is_a_json_404() {
    let server = Server::start().await;
    for path in ["/api", "/api/", "/api/nothing", "/api/auth", "/api/auth/login/", "/api/me/x", "/api/%2e%2e/me"] {
        server.get(path).await.problem(404, "not_found");
        server.post(path, json!({})).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn wrong_method_is_a_405_that_names_the_right_one() {
    let server = Server::start().await;
    for path in POSTS {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = server.send(request).await;
            answer.problem(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), "POST");
        }
    }
    let answer = server.post("/api/me", json!({})).await;
    answer.problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn api_request_accepting_html_is_not_redirected() {
    let server = Server::start().await;
    server.register("ada").await;
    let log_in = |password: &str| {
        Request::post("/api/auth/login")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "text/html,*/*")
            .header(header::REFERER, "https://evil.example/")
            .body(Body::from(json!({ "username": "ada", "password": password }).to_string()))
            .unwrap()
    };
    let refused = server.send(log_in("wrong")).await;
    refused.problem(401, "invalid_credentials");
    assert_eq!(refused.header("location"), "");
    let accepted = server.send(log_in(PASSWORD)).await;
    assert_eq!((accepted.status, accepted.header("location")), (200, ""));
}

#[tokio::test]
async fn busy_database_is_a_503_with_retry_after_and_no_change() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    // Another process that holds the write lock longer than anyone waits. Time stands still in tests, but not in the
    // database: its limit on waiting is the five seconds that this test takes.
    let mut other = server.lock_writes().await;
    let answer = server.refresh(&tokens.refresh).await;
    let problem = answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(problem["retryAfter"], 1);
    {
        use sqlx::Executor as _;
        other.execute("ROLLBACK").await.unwrap();
    }
    assert_eq!(server.sql("SELECT generation FROM sessions").await, "0");
    server.rotate(&tokens.refresh).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flood_of_logins_does_not_affect_signed_in_users() {
    // A flood from everywhere on every name, so that throttling does not hold it up before the gate.
    let server = std::sync::Arc::new(Server::with(&["--throttle", "off"]).await);
    let tokens = server.register("ada").await;
    let flood: Vec<_> = (0..150)
        .map(|_| {
            let server = server.clone();
            tokio::spawn(async move {
                server.post("/api/auth/login", json!({ "username": "unknown", "password": PASSWORD })).await
            })
        })
        .collect();
    let tokens = server.rotate(&tokens.refresh).await;
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);

    let mut turned_away = 0;
    for login in flood {
        let answer = login.await.unwrap();
        if answer.status == 503 {
            answer.problem(503, "unavailable");
            assert_eq!(answer.header("retry-after"), "1");
            turned_away += 1;
        } else {
            answer.problem(401, "invalid_credentials");
        }
    }
    assert!(turned_away > 0);
}

#[tokio::test]
async fn damaged_row_is_a_500_that_reveals_nothing() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    server.tamper("UPDATE sessions SET generation = -1").await;
    let answer = server.refresh(&tokens.refresh).await;
    answer.problem(500, "internal");
    assert!(!answer.text.contains("generation"));
}

#[tokio::test]
async fn readiness_with_a_closed_database_is_a_503() {
    let server = Server::start().await;
    assert_eq!(server.get("/healthz").await.status, 200);
    assert_eq!(server.get("/readyz").await.status, 200);
    server.app.server.database.store.close().await;
    assert_eq!(server.get("/healthz").await.status, 200);
    server.get("/readyz").await.problem(503, "unavailable");
}

#[tokio::test]
async fn reading_request_succeeds_while_writes_fail() {
    use sqlx::Executor as _;
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    server.clock.advance(std::time::Duration::from_secs(61)); // "last seen" is due
    let mut other = server.lock_writes().await;
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    assert_eq!(server.sql("SELECT last_seen_at - created_at FROM sessions").await, "61000");
}
