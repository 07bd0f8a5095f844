//! The OpenAPI 3.1 document, and an HTML page that is rendered from it.
//!
//! Schemas are derived from the types that the routes read and write, errors from
//! [`ApiError`](latchkey_wire::ApiError). This module adds a description, an example and the possible errors of each
//! operation. An application describes its own operations with the same [`Operations`].

mod api;
mod examples;
mod operation;
mod operations;
mod others;
mod reference;
mod schemas;

pub use operation::{Auth, Operation};
pub use operations::{Endpoint, Operations};
pub use reference::render;

use schemas::Schemas;
use serde_json::{Map, Value, json};

/// What an application adds to the document.
pub struct About {
    /// The name of the application.
    pub title: &'static str,
    /// The description of the API.
    pub description: &'static str,
    /// The groups of its own operations, each with a description.
    pub tags: &'static [(&'static str, &'static str)],
    /// Its own operations.
    pub operations: fn(&mut Operations<'_>) -> Vec<Operation>,
}

/// The whole document, for a server at this URL.
pub fn document(public_url: &str, about: &About) -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    let mut operations = Operations::new(&mut schemas);
    let all = [api::all(&mut operations), (about.operations)(&mut operations), others::all(&mut schemas)];
    for Operation { path, method, body } in all.into_iter().flatten() {
        let operations = paths.entry(path).or_insert_with(|| json!({}));
        operations[method] = body;
    }
    let before = [("Signing in", "Register, log in, stay signed in, leave."), ("Account", "For the signed-in user.")];
    let after = [("OAuth", "The same tokens, for software that knows OAuth."), ("Service", "About the server itself.")];
    let tags = before.iter().chain(about.tags).chain(&after);
    let tags: Value = tags.map(|(name, description)| json!({ "name": name, "description": description })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": about.title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": about.description,
            "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [{ "url": public_url }],
        "tags": tags,
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
