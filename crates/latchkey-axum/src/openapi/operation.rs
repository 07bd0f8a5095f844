//! Operation Objects: a method of a path, and its possible responses.

use super::schemas::Schemas;
use crate::oauth::{OAuthError, OAuthFailure, REPEATED_PARAMETER};
use latchkey_core::RETRY_AFTER;
use latchkey_wire::{ApiError, EndReason, Problem, TokenError};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A path, a method, and its Operation Object.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The path, with parameters in braces.
    pub path: String,
    /// The method in lower case.
    pub method: &'static str,
    /// The Operation Object (OpenAPI 3.1 §4.8.10).
    pub body: Value,
}

/// The authentication of an operation.
#[derive(Clone, Copy, Debug)]
pub enum Auth {
    /// None.
    Public,
    /// An access token.
    User,
    /// An access token, or a token in the body.
    UserOrBody,
    /// Name and secret of the introspection client, by HTTP Basic.
    IntrospectionClient,
}

impl Auth {
    fn security(self) -> Value {
        match self {
            Self::Public => json!([]),
            Self::User => json!([{ "accessToken": [] }]),
            Self::UserOrBody => json!([{ "accessToken": [] }, {}]),
            Self::IntrospectionClient => json!([{ "introspectionClient": [] }]),
        }
    }
}

/// The content of a request or a response, with its media type in `kind`.
pub struct Content {
    pub kind: &'static str,
    pub schema: Value,
    pub example: Option<Value>,
}

impl Content {
    pub fn json(schema: Value, example: Value) -> Self {
        Self { kind: "application/json", schema, example: Some(example) }
    }

    pub fn text(kind: &'static str) -> Self {
        Self { kind, schema: json!({ "type": "string" }), example: None }
    }

    pub fn into_value(self) -> Value {
        let mut content = json!({ "schema": self.schema });
        if let Some(example) = self.example {
            content["example"] = example;
        }
        json!({ self.kind: content })
    }
}

/// Errors of any request: its headers are too large, it is for another host, or the server is busy or fails.
const COMMON_ERRORS: [ApiError; 5] = [
    ApiError::HeadersTooLarge,
    ApiError::MisdirectedRequest,
    ApiError::UnclearHost,
    ApiError::Unavailable { retry_after: RETRY_AFTER },
    ApiError::Internal,
];

/// Errors of any request that needs an access token.
const NOT_SIGNED_IN: [ApiError; 5] = [
    ApiError::InvalidToken(TokenError::Missing),
    ApiError::InvalidToken(TokenError::Invalid),
    ApiError::InvalidToken(TokenError::Expired),
    ApiError::InvalidToken(TokenError::SessionEnded),
    ApiError::InvalidToken(TokenError::PasswordChanged),
];

/// Errors of any request with a JSON body.
const JSON_BODY: [ApiError; 5] = [
    ApiError::InvalidRequest,
    ApiError::CrossOrigin,
    ApiError::RequestTimeout,
    ApiError::PayloadTooLarge,
    ApiError::UnsupportedMediaType,
];

/// Errors of a refresh.
pub const NOT_REFRESHED: [ApiError; 7] = [
    ApiError::InvalidGrant(EndReason::Unknown),
    ApiError::InvalidGrant(EndReason::Expired),
    ApiError::InvalidGrant(EndReason::LoggedOut),
    ApiError::InvalidGrant(EndReason::Revoked),
    ApiError::InvalidGrant(EndReason::PasswordChanged),
    ApiError::InvalidGrant(EndReason::Replayed),
    ApiError::RefusedElsewhere { retry_after: 26 },
];

/// The name of the example of [`ApiError::RefusedElsewhere`], which shares its code with another error.
const PRESENTED_ELSEWHERE: &str = "presented_elsewhere";

/// The problem responses (RFC 9457) of an operation, by status: its own errors, and those that its authentication and
/// its body can cause.
pub fn problems(schemas: &mut Schemas, own: &[ApiError], auth: Auth, has_body: bool) -> BTreeMap<u16, Value> {
    let schema = schemas.reference::<Problem>();
    let with_body = JSON_BODY.iter().filter(|_| has_body);
    let with_token = NOT_SIGNED_IN.iter().filter(|_| matches!(auth, Auth::User | Auth::UserOrBody));
    let all = with_body.chain(with_token).chain(own).chain(&COMMON_ERRORS);
    let examples = all.map(|error| {
        let problem = Problem { request_id: "wPs0mCyRVCxNSLPB0tWWJg".to_owned(), ..error.clone().into() };
        let reason = problem
            .reason
            .as_deref()
            .or(matches!(error, ApiError::RefusedElsewhere { .. }).then_some(PRESENTED_ELSEWHERE));
        let name = reason.map_or(problem.code.clone(), |reason| format!("{}.{reason}", problem.code));
        ErrorExample { status: problem.status, name, code: problem.code.clone(), value: json!(problem) }
    });
    responses(examples, "application/problem+json", "code", &schema)
}

/// The error responses (RFC 6749 §5.2) of an operation under `/oauth`, by status.
pub fn oauth_failures(schemas: &mut Schemas, own: Vec<OAuthFailure>) -> BTreeMap<u16, Value> {
    let schema = schemas.reference::<OAuthError>();
    let form = [
        REPEATED_PARAMETER,
        ApiError::CrossOrigin.into(),
        ApiError::RequestTimeout.into(),
        ApiError::PayloadTooLarge.into(),
        ApiError::UnsupportedMediaType.into(),
    ];
    let all = form.into_iter().chain(own).chain(COMMON_ERRORS.map(OAuthFailure::from));
    let examples = all.map(|refusal| {
        let error = refusal.body();
        let reason = match &refusal {
            OAuthFailure::Api(ApiError::InvalidGrant(reason)) => format!(".{}", reason.as_str()),
            OAuthFailure::Api(ApiError::RefusedElsewhere { .. }) => format!(".{PRESENTED_ELSEWHERE}"),
            _ => String::new(),
        };
        let name = format!("{}{reason}", error.error);
        ErrorExample { status: refusal.status(), name, code: error.error.to_owned(), value: json!(error) }
    });
    responses(examples, "application/json", "error", &schema)
}

/// An example of an error response.
struct ErrorExample {
    status: u16,
    name: String,
    code: String,
    value: Value,
}

fn responses(
    examples: impl Iterator<Item = ErrorExample>,
    kind: &str,
    code: &str,
    schema: &Value,
) -> BTreeMap<u16, Value> {
    let mut by_status: BTreeMap<u16, Vec<ErrorExample>> = BTreeMap::new();
    for one in examples {
        by_status.entry(one.status).or_default().push(one);
    }
    let response = |status: u16, examples: Vec<ErrorExample>| {
        let mut codes: Vec<_> = examples.iter().map(|one| one.code.clone()).collect();
        codes.dedup();
        let description = codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(" or ");
        let mut by_name = Map::new();
        for one in examples {
            // Of several with one name, the first is the route's own or closest to it.
            by_name.entry(one.name).or_insert_with(|| json!({ "value": one.value }));
        }
        let examples = by_name;
        let exactly = json!({ "type": "object", "properties": { code: { "enum": codes } } });
        let mut response = json!({
            "description": description,
            "content": { kind: { "schema": { "allOf": [schema, exactly] }, "examples": examples } },
        });
        if let Some((name, header)) = header_of(status) {
            response["headers"] = json!({ name: header });
        }
        response
    };
    by_status.into_iter().map(|(status, examples)| (status, response(status, examples))).collect()
}

fn header_of(status: u16) -> Option<(&'static str, Value)> {
    let challenge = "What to bring instead (RFC 6750 §3, RFC 7617 §2).";
    Some(match status {
        401 | 403 => ("WWW-Authenticate", json!({ "schema": { "type": "string" }, "description": challenge })),
        429 | 503 => {
            let schema = json!({ "type": "integer", "minimum": 1 });
            ("Retry-After", json!({ "schema": schema, "description": "Seconds to wait before trying again." }))
        }
        _ => return None,
    })
}

/// Makes an Operation Object. The first sentence of `text` becomes the summary, the rest the description.
pub fn describe(
    tag: &str,
    text: &str,
    auth: Auth,
    success: (u16, Option<Content>),
    errors: BTreeMap<u16, Value>,
) -> Value {
    let summary = text.split_once(". ").map_or(text, |(first, _)| first);
    let summary = summary.split("\n\n").next().unwrap_or_default().trim_end_matches('.');
    let rest = text[summary.len()..].trim_start_matches('.').trim_start();
    let (status, content) = success;
    let mut done = json!({ "description": if content.is_some() { "Done" } else { "Done; the answer is empty" } });
    if let Some(content) = content {
        done["content"] = content.into_value();
    }
    let mut responses = Map::new();
    responses.insert(status.to_string(), done);
    responses.extend(errors.into_iter().map(|(status, response)| (status.to_string(), response)));
    let mut operation =
        json!({ "tags": [tag], "summary": summary, "security": auth.security(), "responses": responses });
    if !rest.is_empty() {
        operation["description"] = json!(rest);
    }
    operation
}
