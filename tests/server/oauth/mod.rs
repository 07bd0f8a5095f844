//! The OAuth routes. `refresh.rs` and `revoke.rs` test the effects on sessions; this module tests OAuth's requests and
//! answers.

mod errors;
mod introspect;
mod metadata;
mod revoke;
mod token;

use crate::support::{Answer, Server};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;
use url::form_urlencoded::Serializer;

fn form(path: &str, parameters: &[(&str, &str)]) -> Request<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    request.body(Body::from(Serializer::new(String::new()).extend_pairs(parameters).finish())).unwrap()
}

async fn post(server: &Server, path: &str, parameters: &[(&str, &str)]) -> Answer {
    server.send(form(path, parameters)).await
}

async fn post_with(server: &Server, path: &str, authorization: &str, parameters: &[(&str, &str)]) -> Answer {
    let mut request = form(path, parameters);
    request.headers_mut().insert(header::AUTHORIZATION, authorization.parse().unwrap());
    server.send(request).await
}

async fn exchange(server: &Server, refresh_token: &str) -> Answer {
    post(server, "/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
}

/// Asserts that this is an error by RFC 6749 §5.2, and returns its description.
#[track_caller]
fn assert_error(answer: &Answer, status: u16, error: &str) -> String {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.header("x-request-id").is_empty());
    let Value::Object(body) = answer.json() else { panic!("{}", answer.text) };
    assert_eq!(body.keys().collect::<Vec<_>>(), ["error", "error_description"]);
    assert_eq!(body["error"], error);
    let description = body["error_description"].as_str().unwrap();
    let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    assert!(!description.is_empty() && description.chars().all(allowed), "{description}");
    description.to_owned()
}
