//! `GET /api/openapi.json` and `GET /api/docs`. `scripts/schemathesis` checks that answers match the document.

mod examples;
mod snapshot;

use crate::support::Server;
use axum::body::Body;
use axum::http::{Method, Request};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::Value;
use std::collections::BTreeSet;

async fn server() -> Server {
    Server::with(&["--introspection-client", "gateway:0123456789abcdef"]).await
}

/// Every operation of the document: path, method, and description.
fn operations(document: &Value) -> impl Iterator<Item = (&str, Method, &Value)> {
    document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(|(method, operation)| (path.as_str(), method.to_uppercase().parse().unwrap(), operation))
    })
}

#[tokio::test]
async fn document_has_every_server_function_with_its_method() {
    let document = server().await.get("/api/openapi.json").await.json();
    let told: BTreeSet<_> = operations(&document).map(|(path, method, _)| format!("{method} {path}")).collect();
    // Other tests of this program have server functions as well.
    for (path, method) in server_fn_paths().filter(|(path, _)| path.starts_with("/api/")) {
        let missing = "is missing: describe it in crates/latchkey-axum/src/openapi/api.rs, or the application's own in src/server/openapi.rs";
        assert!(told.contains(&format!("{method} {path}")), "{method} {path} {missing}");
    }
}

#[tokio::test]
async fn operations_of_the_document_exist() {
    let server = server().await;
    let document = server.get("/api/openapi.json").await.json();
    let mut found = 0;
    for (path, method, operation) in operations(&document) {
        let request = Request::builder().method(method.clone()).uri(path).body(Body::empty()).unwrap();
        let answer = server.send(request).await;
        assert!(![404, 405].contains(&answer.status), "{method} {path}: {}", answer.text);
        let known = operation["responses"].as_object().unwrap();
        assert!(known.contains_key(&answer.status.to_string()), "{method} {path}: {}", answer.status);
        found += 1;
    }
    assert!(found > 20, "{found}");
}

#[tokio::test]
async fn schemas_of_the_document_are_those_it_refers_to() {
    let document = server().await.get("/api/openapi.json").await.json();
    let mut referred = BTreeSet::new();
    collect_references(&document, &mut referred);
    let defined = document["components"]["schemas"].as_object().unwrap();
    let defined: BTreeSet<_> = defined.keys().map(|name| format!("#/components/schemas/{name}")).collect();
    assert_eq!(referred, defined);
}

fn collect_references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect_references(value, into));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, into)),
        _ => {}
    }
}

#[tokio::test]
async fn document_is_openapi_3_1_with_security_schemes() {
    let server = Server::with(&["--public-url", "https://login.example.org"]).await;
    let document = server.get("/api/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "https://login.example.org");
    assert_eq!(document["components"]["securitySchemes"]["accessToken"]["scheme"], "bearer");
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path} has another's name");
        for words in ["summary", "description"] {
            // A description of one sentence is only a summary.
            let text = operation.get(words).map_or("-", |text| text.as_str().unwrap());
            assert!(
                !text.is_empty()
                    && !text.contains("  ")
                    && !text.contains("# Errors")
                    && !text.contains("[`")
                    && !text.contains("arguments"),
                "{method} {path}: {text}"
            );
        }
        let summary = operation["summary"].as_str().unwrap();
        let more = operation["description"].as_str().unwrap_or_default();
        assert!(!more.starts_with(summary), "{method} {path} says everything twice: {more}");
        let asks_for_token =
            operation["security"].as_array().unwrap().iter().any(|way| way.get("accessToken").is_some());
        let may_refuse_it = operation["responses"]["401"].to_string().contains("invalid_token");
        assert_eq!(asks_for_token, may_refuse_it, "{method} {path}");
    }
    let log_in = &document["paths"]["/api/auth/login"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(log_in["required"], serde_json::json!(["username", "password"]));
    let register = &document["paths"]["/api/auth/register"]["post"];
    assert!(register["requestBody"].to_string().contains("displayName"), "the names of the wire");
    let exists = &register["responses"]["409"]["content"]["application/problem+json"]["examples"]["username_taken"];
    assert_eq!(exists["value"]["detail"], "That username is taken. Choose another.");
}

#[tokio::test]
async fn api_page_shows_the_document_without_wasm() {
    let server = server().await;
    let document = server.get("/api/openapi.json").await.json();
    let page = server.get("/api/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    // The one script is that of the theme.
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.text.matches("<script").count(), 1);
    assert!(!page.text.contains("style=") && !page.text.contains("{\"$ref"));
    assert!(page.text.contains(r#"href="/pkg/latchkey."#));
    for (path, method, operation) in operations(&document) {
        assert!(page.text.contains(&format!("<code>{method} {path}</code>")), "{method} {path}");
        let anchor = operation["operationId"].as_str().unwrap();
        for half in [format!("href=\"#{anchor}\""), format!("id=\"{anchor}\"")] {
            assert!(page.text.contains(&half), "{half}");
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.text.contains(&format!("id=\"{name}\"")), "{name}");
    }
}
