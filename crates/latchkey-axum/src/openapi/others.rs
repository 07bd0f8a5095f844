//! The operations outside of the JSON API: OAuth, `/.well-known`, health checks and this documentation.

use super::examples;
use super::operation::{Auth, Content, NOT_REFRESHED, Operation, describe, oauth_failures, problems};
use super::schemas::Schemas;
use crate::oauth::{
    Introspection, IntrospectionRequest, OAuthFailure, OTHER_CLIENT, RevocationRequest, TokenAnswer, TokenRequest,
    WRONG_SECRET,
};
use crate::well_known::ServerMetadata;
use latchkey_core::RETRY_AFTER;
use latchkey_core::sessions::access_token::CLIENT_ID;
use latchkey_core::sessions::keyring::JwkSet;
use latchkey_wire::ApiError;
use serde_json::{Value, json};
use utoipa::ToSchema;

const OAUTH: &str = "OAuth";
const SERVICE: &str = "Service";

/// All of these operations.
pub fn all(schemas: &mut Schemas) -> Vec<Operation> {
    let refused = NOT_REFRESHED.into_iter().map(OAuthFailure::from);
    let exchange_errors = [OTHER_CLIENT, OAuthFailure::UnsupportedGrantType].into_iter().chain(refused);
    let exchanged = Content::json(schemas.reference::<TokenAnswer>(), examples::token_answer());
    let introspected = Content::json(schemas.reference::<Introspection>(), examples::introspection());
    let (metadata, keys) = (schemas.reference::<ServerMetadata>(), schemas.reference::<JwkSet>());
    vec![
        form::<TokenRequest>(
            schemas,
            "/oauth/token",
            "Exchanges the newest refresh token of a session for the next one and a fresh access token. The refresh grant \
             of RFC 6749 §6; there is no other. What `/api/token/refresh` does, in OAuth's words.",
            json!({ "grant_type": "refresh_token", "refresh_token": examples::REFRESH_TOKEN, "client_id": CLIENT_ID }),
            Auth::Public,
            Some(exchanged),
            exchange_errors.collect(),
        ),
        form::<RevocationRequest>(
            schemas,
            "/oauth/revoke",
            "Ends the session of a token (RFC 7009). Answers 200 also for a token that is unknown or no longer good; a \
             `token_type_hint` is ignored.",
            json!({ "token": examples::REFRESH_TOKEN }),
            Auth::Public,
            None,
            vec![OTHER_CLIENT],
        ),
        form::<IntrospectionRequest>(
            schemas,
            "/oauth/introspect",
            "Tells another service whether a token is good now, and whose it is (RFC 7662). The service says who it is, by \
             HTTP Basic or in the form. If LATCHKEY_INTROSPECTION_CLIENT is not set, the route does not exist.",
            json!({ "token": examples::ACCESS_TOKEN }),
            Auth::IntrospectionClient,
            Some(introspected),
            vec![WRONG_SECRET, ApiError::NotFound.into(), ApiError::TooManyRequests { retry_after: 1 }.into()],
        ),
        get(
            schemas,
            OAUTH,
            "/.well-known/oauth-authorization-server",
            "How to use this server by OAuth (RFC 8414).",
            Content { example: None, ..Content::json(metadata, json!({})) },
            &[],
        ),
        get(
            schemas,
            OAUTH,
            "/.well-known/jwks.json",
            "The public keys that access tokens verify with (RFC 7517). A service that meets an unknown `kid` fetches them again.",
            Content { example: None, ..Content::json(keys, json!({})) },
            &[],
        ),
        get(schemas, SERVICE, "/healthz", "Whether the process answers.", Content::text("text/plain"), &[]),
        get(
            schemas,
            SERVICE,
            "/readyz",
            "Whether the database answers.",
            Content::text("text/plain"),
            &[ApiError::Unavailable { retry_after: RETRY_AFTER }],
        ),
        get(
            schemas,
            SERVICE,
            "/api/openapi.json",
            "This document.",
            Content { example: None, ..Content::json(json!({ "type": "object" }), json!({})) },
            &[],
        ),
        get(schemas, SERVICE, "/api/docs", "This document as a page.", Content::text("text/html"), &[]),
    ]
}

fn form<T: ToSchema>(
    schemas: &mut Schemas,
    path: &str,
    text: &str,
    example: Value,
    auth: Auth,
    output: Option<Content>,
    errors: Vec<OAuthFailure>,
) -> Operation {
    let errors = oauth_failures(schemas, errors);
    let mut body = describe(OAUTH, text, auth, (200, output), errors);
    let schema = schemas.inline::<T>();
    let content = Content { kind: "application/x-www-form-urlencoded", schema, example: Some(example) };
    body["requestBody"] = json!({ "required": true, "content": content.into_value() });
    named(path, "post", body)
}

fn get(schemas: &mut Schemas, tag: &str, path: &str, text: &str, output: Content, errors: &[ApiError]) -> Operation {
    let mut responses = problems(schemas, errors, Auth::Public, false);
    // The errors that the pipeline can give to any request are left out, to keep these descriptions short.
    responses.retain(|status, _| errors.iter().any(|error| error.status() == *status));
    named(path, "get", describe(tag, text, Auth::Public, (200, Some(output)), responses))
}

fn named(path: &str, method: &'static str, mut body: Value) -> Operation {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty() && *part != ".well-known").collect();
    body["operationId"] = json!(parts.join(".").trim_start_matches("api."));
    Operation { path: path.to_owned(), method, body }
}
