//! `/.well-known/change-password` (W3C, A Well-Known URL for Changing Passwords).

use crate::support::Server;
use axum::body::Body;
use axum::http::{Method, Request};

#[tokio::test]
async fn change_password_url_redirects_to_the_form() {
    let server = Server::start().await;
    for (method, path) in [
        (Method::GET, "/.well-known/change-password"),
        (Method::HEAD, "/.well-known/change-password"),
        (Method::GET, "/.well-known/change-password?from=manager"),
    ] {
        let request = Request::builder().method(method.clone()).uri(path).header("sec-fetch-site", "cross-site");
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account#change-password"), "{method} {path}");
    }
}

#[tokio::test]
async fn made_up_well_known_address_is_404() {
    let server = Server::start().await;
    for name in ["resource-that-should-not-exist-whose-status-code-should-not-be-200", "change-passwords"] {
        assert_eq!(server.get(&format!("/.well-known/{name}")).await.status, 404, "{name}");
    }
}
