//! The routes for applications without Leptos give the same answers as the server functions.

use crate::support::{Answer, PASSWORD, Server};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use latchkey_axum::{pipeline, routes};
use serde_json::{Value, json};
use tower::ServiceExt as _;

struct Both {
    server: Server,
    axum: Router,
}

impl Both {
    async fn start() -> Self {
        let server = Server::start().await;
        let state = &server.app.server;
        let axum = pipeline::finish(routes::router(state), state, None);
        Self { server, axum }
    }

    async fn axum(&self, method: Method, path: &str, token: Option<&str>, body: &str) -> Answer {
        Answer::read(self.axum.clone().oneshot(request(method, path, token, body)).await.unwrap()).await
    }

    async fn leptos(&self, method: Method, path: &str, token: Option<&str>, body: &str) -> Answer {
        self.server.send(request(method, path, token, body)).await
    }

    async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        self.axum(Method::POST, path, token, &body.to_string()).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.axum(Method::GET, path, Some(token), "").await
    }
}

fn request(method: Method, path: &str, token: Option<&str>, body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

/// The parts of an answer that do not change between requests.
fn shape(answer: &Answer) -> (u16, String, Value) {
    let mut body = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
    if let Some(body) = body.as_object_mut() {
        body.remove("requestId");
    }
    (answer.status, answer.header("content-type").to_owned(), body)
}

#[tokio::test]
async fn each_operation_refuses_alike_through_axum_and_leptos() {
    let both = Both::start().await;
    let document = both.server.get("/api/openapi.json").await.json();
    let own = ["/api/customers", "/api/openapi.json", "/api/docs"];
    let mut compared = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/api") || own.contains(&path.as_str()) {
            continue;
        }
        for method in methods.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            for body in
                ["", "{", "[]", "[\"a\"]", "{\"username\":1}", "{\"username\":\"a\",\"username\":\"b\"}", "{} {}"]
            {
                for token in [None, Some("a.b.c")] {
                    let body = if method == Method::GET { "" } else { body };
                    let one = both.axum(method.clone(), path, token, body).await;
                    let other = both.leptos(method.clone(), path, token, body).await;
                    assert_eq!(shape(&one), shape(&other), "{method} {path} {body}");
                    compared += 1;
                }
            }
            let wrong = both.axum(Method::DELETE, path, None, "").await;
            assert_eq!(shape(&wrong), shape(&both.leptos(Method::DELETE, path, None, "").await), "{path}");
        }
    }
    assert_eq!(compared, 12 * 7 * 2);
    for path in ["/api", "/api/", "/api/nothing", "/oauth/nothing", "/api/account/events?before=x"] {
        let one = both.axum(Method::GET, path, None, "").await;
        assert_eq!(shape(&one), shape(&both.leptos(Method::GET, path, None, "").await), "{path}");
    }
}

#[tokio::test]
async fn account_lifecycle_works_through_axum_routes() {
    let both = Both::start().await;
    let account = json!({ "username": "ada", "password": PASSWORD, "remember": false });
    let registered = both.post("/api/auth/register", None, account.clone()).await;
    assert_eq!(registered.status, 201, "{}", registered.text);
    let first = registered.tokens();
    assert_eq!(both.get("/api/me", &first.access).await.json()["user"]["username"], "ada");
    let second = both.post("/api/auth/login", None, account).await.tokens();
    assert_eq!(both.get("/api/sessions", &second.access).await.json().as_array().unwrap().len(), 2);
    let log = both.get("/api/account/events", &second.access).await.json();
    assert_eq!(log["events"].as_array().unwrap().len(), 3, "{log}");
    let advice = both.post("/api/auth/password-advice", None, json!({ "password": "password1" })).await.json();
    assert_eq!(advice["acceptable"], false);
    assert_eq!(both.post("/api/sessions/revoke-others", Some(&second.access), json!({})).await.json()["revoked"], 1);
    let refused = both.post("/api/token/refresh", None, json!({ "refreshToken": first.refresh })).await;
    refused.refused("revoked");
    let other = "a staple for the correct horse";
    let change = json!({ "currentPassword": PASSWORD, "newPassword": other });
    let third = both.post("/api/account/password", Some(&second.access), change).await.tokens();
    let fourth = both.post("/api/token/refresh", None, json!({ "refreshToken": third.refresh })).await.tokens();
    let fifth = both.post("/api/auth/login", None, json!({ "username": "ada", "password": other })).await.tokens();
    assert_eq!(both.post("/api/token/revoke", None, json!({ "refreshToken": fifth.refresh })).await.status, 204);
    let gone = both.post("/api/account/delete", Some(&fourth.access), json!({ "password": other })).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    both.get("/api/me", &fourth.access).await.problem(401, "invalid_token");
}
