//! The limits on a single request.

use crate::support::{Answer, Server};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use axum::routing::get;
use latchkey::server::router::finish;
use std::time::Duration;
use tower::ServiceExt as _;

#[tokio::test]
async fn overlong_url_or_headers_are_a_431() {
    let server = Server::start().await;
    let long = "a".repeat(20_000);
    for request in [
        Request::get(format!("/login?next=/{long}")),
        Request::get("/login").header("cookie", &long),
        Request::get("/api/me").header("authorization", format!("Bearer {long}")),
    ] {
        server.send(request.body(Body::empty()).unwrap()).await.problem(431, "headers_too_large");
    }
    let many = (0..200).fold(Request::get("/login"), |request, n| request.header(format!("x-{n}"), "a".repeat(100)));
    server.send(many.body(Body::empty()).unwrap()).await.problem(431, "headers_too_large");

    let within = Request::get("/login").header("cookie", "a".repeat(8_000)).body(Body::empty()).unwrap();
    assert_eq!(server.send(within).await.status, 200);
}

#[tokio::test]
async fn endless_body_is_a_408() {
    let server = Server::start().await;
    tokio::time::pause();
    let drip = futures::stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
    });
    let request = Request::post("/api/auth/login").header("content-type", "application/json");
    let began = tokio::time::Instant::now();
    server.send(request.body(Body::from_stream(drip)).unwrap()).await.problem(408, "request_timeout");
    assert!(began.elapsed() <= Duration::from_secs(11), "{:?}", began.elapsed());
}

#[tokio::test]
async fn request_that_hangs_in_a_handler_gets_a_503() {
    let server = Server::start().await;
    let hanging = Router::new().route("/api/hangs", get(async || std::future::pending::<()>().await));
    let hanging = finish(hanging, &server.app, &server.site);
    tokio::time::pause();
    let request = Request::get("/api/hangs").header("host", "localhost").body(Body::empty()).unwrap();
    let answer = Answer::read(hanging.oneshot(request).await.unwrap()).await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "5");
}
