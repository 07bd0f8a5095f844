//! The limit on requests in flight for one network, behind a proxy that does not buffer bodies.

use crate::support::{Answer, HOST, Server};
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use axum::response::Response;
use latchkey::server::router::router;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use tower::ServiceExt as _;

const ATTACKER: &str = "198.51.100.9";
const VICTIM: &str = "203.0.113.7";
const MOST: usize = 128;

type Pending = Pin<Box<dyn Future<Output = Result<Response, Infallible>>>>;

/// A request that the proxy has from `client`, and whose body the proxy is still receiving.
fn slow(client: &str) -> Request<Body> {
    let body = futures::stream::pending::<Result<Bytes, std::io::Error>>();
    from(client, Request::post("/api/auth/login").header(header::CONTENT_TYPE, "application/json"))
        .body(Body::from_stream(body))
        .unwrap()
}

fn from(client: &str, request: axum::http::request::Builder) -> axum::http::request::Builder {
    let proxy: SocketAddr = "127.0.0.1:40000".parse().unwrap();
    request.extension(ConnectInfo(proxy)).header("x-forwarded-for", client).header(header::HOST, HOST)
}

fn me(client: &str) -> Request<Body> {
    from(client, Request::get("/api/me")).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn slow_bodies_of_one_client_do_not_block_others() {
    let server = Server::with(&["--trusted-proxies", "127.0.0.1"]).await;
    let router = router(&server.app, &server.site);
    let mut in_flight: Vec<Pending> = Vec::new();
    for number in 0..MOST {
        let mut request: Pending = Box::pin(router.clone().oneshot(slow(ATTACKER)));
        assert!(futures::poll!(&mut request).is_pending(), "request {number}");
        in_flight.push(request);
    }
    let refused = Answer::read(router.clone().oneshot(slow(ATTACKER)).await.unwrap()).await;
    refused.problem(503, "unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    let refused = Answer::read(router.clone().oneshot(me(ATTACKER)).await.unwrap()).await;
    refused.problem(503, "unavailable");

    let answer = Answer::read(router.clone().oneshot(me(VICTIM)).await.unwrap()).await;
    answer.problem(401, "invalid_token");

    in_flight.pop();
    let answer = Answer::read(router.clone().oneshot(me(ATTACKER)).await.unwrap()).await;
    answer.problem(401, "invalid_token");
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_share_a_limit() {
    let server = Server::with(&["--trusted-proxies", "127.0.0.1"]).await;
    let router = router(&server.app, &server.site);
    let mut in_flight: Vec<Pending> = Vec::new();
    for number in 0..MOST {
        let mut request: Pending = Box::pin(router.clone().oneshot(slow(&format!("2001:db8::{number:x}"))));
        assert!(futures::poll!(&mut request).is_pending(), "request {number}");
        in_flight.push(request);
    }
    let answer = Answer::read(router.clone().oneshot(me("2001:db8::ffff")).await.unwrap()).await;
    answer.problem(503, "unavailable");
    let answer = Answer::read(router.clone().oneshot(me("2001:db8:0:1::1")).await.unwrap()).await;
    answer.problem(401, "invalid_token");
}
