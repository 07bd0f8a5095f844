//! The examples equal the server's responses.

use super::server;
use crate::support::Server;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

/// The example body that the document has for a request to `path`.
fn request_of(document: &Value, path: &str) -> Value {
    document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"].clone()
}

/// The example that the document has for this refusal.
fn refusal_of(document: &Value, path: &str, status: u16, name: &str) -> Value {
    let content = &document["paths"][path]["post"]["responses"][status.to_string()]["content"];
    let (_, content) = content.as_object().unwrap().iter().next().unwrap();
    content["examples"][name]["value"].clone()
}

fn without_id(mut problem: Value) -> Value {
    problem.as_object_mut().unwrap().remove("requestId");
    problem
}

async fn form(server: &Server, path: &str, body: &'static str) -> Value {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    server.send(request.body(Body::from(body)).unwrap()).await.json()
}

#[tokio::test]
async fn example_of_password_advice_equals_the_response() {
    let server = server().await;
    let document = server.get("/api/openapi.json").await.json();
    let path = "/api/auth/password-advice";
    let example = &document["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["example"];
    assert_eq!(server.post(path, request_of(&document, path)).await.json(), *example);
}

#[tokio::test]
async fn example_of_an_invalid_field_equals_the_response() {
    let server = server().await;
    let document = server.get("/api/openapi.json").await.json();
    let tokens = server.register("ada").await;
    for (path, field, value) in [
        ("/api/auth/register", "username", ""),
        ("/api/account/password", "currentPassword", "not the password"),
        ("/api/account/delete", "password", "not the password"),
    ] {
        let mut body = request_of(&document, path);
        body[field] = json!(value);
        if path == "/api/account/password" {
            body["newPassword"] = json!("violet umbrella on a quiet tram");
        }
        let answer = server.post_as(&tokens.access, path, body).await;
        let example = refusal_of(&document, path, 422, "validation_failed");
        assert_eq!(without_id(answer.json()), without_id(example), "{path}");
    }
}

#[tokio::test]
async fn example_of_a_refused_client_equals_the_response() {
    let server = server().await;
    let document = server.get("/api/openapi.json").await.json();
    for (path, body) in [
        ("/oauth/token", "grant_type=refresh_token&refresh_token=x&client_id=other"),
        ("/oauth/revoke", "token=x&client_id=other"),
        ("/oauth/introspect", "token=x&client_id=gateway&client_secret=another"),
    ] {
        let answer = form(&server, path, body).await;
        assert_eq!(answer, refusal_of(&document, path, 401, "invalid_client"), "{path}");
    }
    let answer = form(&server, "/oauth/token", "grant_type=refresh_token&grant_type=refresh_token").await;
    assert_eq!(answer, refusal_of(&document, "/oauth/token", 400, "invalid_request"));
}
