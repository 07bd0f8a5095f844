//! Every error under `/oauth` is one that OAuth software can read.

use super::{assert_error, exchange, form};
use crate::support::{Answer, HOST, Server};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::routing::post;
use latchkey::server::router::finish;
use tower::ServiceExt as _;

const ROUTES: [&str; 3] = ["/oauth/token", "/oauth/revoke", "/oauth/introspect"];

#[tokio::test]
async fn unknown_oauth_path_is_a_404() {
    let server = Server::start().await;
    for path in ["/oauth", "/oauth/", "/oauth/authorize", "/oauth/token/", "/oauth/token/x"] {
        assert_error(&server.get(path).await, 404, "not_found");
        assert_error(&server.send(form(path, &[])).await, 404, "not_found");
    }
    // That is not below /oauth.
    assert!(server.get("/oauthx").await.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn wrong_method_is_a_405_that_names_the_right_one() {
    let server = Server::start().await;
    for path in ROUTES {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = server.send(request).await;
            assert_error(&answer, 405, "invalid_request");
            assert_eq!(answer.header("allow"), "POST");
        }
    }
}

#[tokio::test]
async fn body_that_is_not_a_form_is_a_415() {
    let server = Server::with(&["--introspection-client", "gateway:0123456789abcdef"]).await;
    for path in ROUTES {
        for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
            let request = Request::post(path).header(header::CONTENT_TYPE, content_type);
            let answer = server.send(request.body(Body::from("grant_type=refresh_token&token=x")).unwrap()).await;
            assert_error(&answer, 415, "invalid_request");
        }
    }
    let request = Request::post("/oauth/revoke").header(header::CONTENT_TYPE, "Application/X-WWW-Form-Urlencoded; a=b");
    assert_eq!(server.send(request.body(Body::from("token=x")).unwrap()).await.status, 200);
}

#[tokio::test]
async fn oversized_form_is_a_413() {
    let server = Server::start().await;
    for path in ROUTES {
        assert_error(&server.send(form(path, &[("token", &"x".repeat(16 * 1024))])).await, 413, "invalid_request");
    }
}

#[tokio::test]
async fn token_that_is_not_utf8_is_an_invalid_grant() {
    let server = Server::start().await;
    for body in
        [&b"grant_type=refresh_token&refresh_token=%ff%00%fe"[..], b"grant_type=refresh_token&refresh_token=\xff"]
    {
        let request = Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = server.send(request.body(Body::from(body.to_vec())).unwrap()).await;
        assert_error(&answer, 400, "invalid_grant");
    }
}

#[tokio::test]
async fn busy_database_is_a_503_with_retry_after_and_no_change() {
    use sqlx::Executor as _;
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let mut other = server.lock_writes().await;
    let revoke = [("token", &*tokens.refresh)];
    let (refreshed, revoked) =
        tokio::join!(exchange(&server, &tokens.refresh), server.send(form("/oauth/revoke", &revoke)));
    for answer in [refreshed, revoked] {
        assert_error(&answer, 503, "temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), "1");
    }
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(exchange(&server, &tokens.refresh).await.status, 200);
}

#[tokio::test]
async fn damaged_row_is_a_500_that_reveals_nothing() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    server.tamper("UPDATE sessions SET generation = -1").await;
    let description = assert_error(&exchange(&server, &tokens.refresh).await, 500, "server_error");
    assert!(!description.contains("generation"), "{description}");
}

#[tokio::test]
async fn failed_oauth_request_is_a_server_error() {
    let server = Server::start().await;
    let broken = Router::new()
        .route("/oauth/panics", post(async || -> &'static str { panic!("provoked by a test") }))
        .route("/oauth/fails", post(async || StatusCode::BAD_GATEWAY));
    let broken = finish(broken, &server.app, &server.site);
    for path in ["/oauth/panics", "/oauth/fails"] {
        let mut request = form(path, &[]);
        request.headers_mut().insert(header::HOST, HOST);
        let answer = Answer::read(broken.clone().oneshot(request).await.unwrap()).await;
        assert_error(&answer, 500, "server_error");
    }
}
