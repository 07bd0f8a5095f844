//! The OpenAPI document of this application, and the page that is rendered from it.

use super::site::{Assets, POLICY, SiteFiles, document};
use crate::brand::BRAND;
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use latchkey_axum::fallback::method_not_allowed;
use latchkey_axum::openapi::{self, About, Auth, Endpoint, Operation, Operations};
use latchkey_wire::{ApiError, NoInput};
use serde_json::{Value, json};

const ABOUT: About = About {
    title: BRAND.title(),
    description: env!("CARGO_PKG_DESCRIPTION"),
    tags: &[("Data", "What the accounts are for: the sample resource.")],
    operations,
};

fn operations(endpoints: &mut Operations<'_>) -> Vec<Operation> {
    vec![endpoints.describe::<NoInput, Vec<String>>(Endpoint {
        method: "get",
        path: "/api/customers",
        tag: "Data",
        description: "The customers' names, for users with the role `Manager`.",
        auth: Auth::User,
        input: Value::Null,
        output: (200, Some(json!(["Jane Doe", "John Doe"]))),
        errors: &[ApiError::InsufficientScope],
    })]
}

/// `/api/openapi.json` and `/api/docs`.
pub fn routes(public_url: &str, site: &SiteFiles) -> Router {
    let spec = openapi::document(public_url, &ABOUT);
    let page = document("API", &Assets::Linked(&site.page_files().style), &openapi::render(&spec));
    let (page, spec) = (Bytes::from(page), Bytes::from(spec.to_string()));
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY.as_str())];
    Router::new()
        .route("/api/openapi.json", get(async move || ([(header::CONTENT_TYPE, "application/json")], spec.clone())))
        .route("/api/docs", get(async move || (headers, page.clone())))
        .method_not_allowed_fallback(method_not_allowed)
}
