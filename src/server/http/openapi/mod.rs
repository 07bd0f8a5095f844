//! What the API is, for programs and for people: an OpenAPI 3.1 document and a page made of it.
//!
//! Types describe themselves: what goes in and out is derived from the very types that the routes read and write, a
//! server function's path, method and words come from the function itself, and an error's from
//! [`ApiError`](latchkey_wire::ApiError). What is left to say here is which errors a route knows and an example.

mod examples;
mod functions;
mod operation;
mod others;
mod page;
mod schemas;

use super::api::method_not_allowed;
use super::plain_page;
use super::site::SiteFiles;
use crate::state::App;
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use operation::Operation;
use schemas::Schemas;
use serde_json::{Map, Value, json};

/// `/api/openapi.json`: the document. `/api/docs`: the page.
pub fn routes(app: &App, site: &SiteFiles) -> Router<App> {
    let document = document(&app.settings.public_url);
    let page = Bytes::from(page::render(&document, &site.of_a_page().style));
    let document = Bytes::from(document.to_string());
    let policy = plain_page::POLICY.as_str();
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, policy)];
    Router::new()
        .route("/api/openapi.json", get(async move || ([(header::CONTENT_TYPE, "application/json")], document.clone())))
        .route("/api/docs", get(async move || (headers, page.clone())))
        .method_not_allowed_fallback(method_not_allowed)
}

/// The whole document.
fn document(public_url: &str) -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for Operation { path, method, body } in functions::all(&mut schemas).into_iter().chain(others::all(&mut schemas)) {
        let operations = paths.entry(path).or_insert_with(|| json!({}));
        operations[method] = body;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Latchkey",
            "version": env!("CARGO_PKG_VERSION"),
            "description": env!("CARGO_PKG_DESCRIPTION"),
            "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [{ "url": public_url }],
        "tags": [
            { "name": "Signing in", "description": "Register, log in, stay signed in, leave." },
            { "name": "Account", "description": "For the signed-in user." },
            { "name": "Data", "description": "What the accounts are for: the sample resource." },
            { "name": "OAuth", "description": "The same tokens, for software that knows OAuth." },
            { "name": "Service", "description": "About the server itself." },
        ],
        "paths": paths,
        "components": {
            "schemas": schemas.into_components(),
            "securitySchemes": {
                "accessToken": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "The access token of a sign-in or a refresh. It is invalid as soon as its session ends.",
                },
                "introspectionClient": {
                    "type": "http", "scheme": "basic",
                    "description": "Name and secret in LATCHKEY_INTROSPECTION_CLIENT.",
                },
            },
        },
    })
}
