//! The pages understand each error that the server can send: how the client parses the answer, and what the user is
//! told.

use crate::support::Server;
use latchkey_client::failure::{ResponseHints, read};
use latchkey_leptos::messages::error_text;
use latchkey_wire::{ApiError, EndReason, FieldErrors, Problem, TokenError};
use serde_json::Value;
use std::collections::BTreeSet;

/// One of each. An error that is missing in the list below does not compile in [`is_listed`].
fn all() -> Vec<ApiError> {
    vec![
        ApiError::InvalidRequest,
        ApiError::InvalidGrant(EndReason::Expired),
        ApiError::InvalidCredentials,
        ApiError::InvalidToken(TokenError::Expired),
        ApiError::InsufficientScope,
        ApiError::RegistrationClosed,
        ApiError::NotFound,
        ApiError::MethodNotAllowed,
        ApiError::PayloadTooLarge,
        ApiError::UnsupportedMediaType,
        ApiError::UsernameTaken,
        ApiError::CrossOrigin,
        ApiError::RequestTimeout,
        ApiError::HeadersTooLarge,
        ApiError::MisdirectedRequest,
        ApiError::UnclearHost,
        ApiError::ValidationFailed(FieldErrors::of("username", "Choose a username.")),
        ApiError::TooManyRequests { retry_after: 8 },
        ApiError::Unavailable { retry_after: 1 },
        ApiError::RefusedElsewhere { retry_after: 26 },
        ApiError::Internal,
    ]
}

/// Whether the server sends it; the browser creates the others.
fn is_listed(error: &ApiError) -> bool {
    match error {
        ApiError::InvalidRequest
        | ApiError::InvalidGrant(_)
        | ApiError::InvalidCredentials
        | ApiError::InvalidToken(_)
        | ApiError::InsufficientScope
        | ApiError::RegistrationClosed
        | ApiError::NotFound
        | ApiError::MethodNotAllowed
        | ApiError::PayloadTooLarge
        | ApiError::UnsupportedMediaType
        | ApiError::UsernameTaken
        | ApiError::CrossOrigin
        | ApiError::RequestTimeout
        | ApiError::HeadersTooLarge
        | ApiError::MisdirectedRequest
        | ApiError::UnclearHost
        | ApiError::ValidationFailed(_)
        | ApiError::TooManyRequests { .. }
        | ApiError::Unavailable { .. }
        | ApiError::RefusedElsewhere { .. }
        | ApiError::Internal => true,
        ApiError::Logged { .. }
        | ApiError::Unreachable
        | ApiError::TimedOut
        | ApiError::UnknownCode
        | ApiError::NotUnderstood => false,
    }
}

/// The error that the client reads from a problem.
#[track_caller]
fn understood(problem: &Value) -> ApiError {
    let retry_after = problem["retryAfter"].as_u64().map(|seconds| u32::try_from(seconds).unwrap());
    let hints = ResponseHints { is_json: true, retry_after, refuses_token: false };
    let status = u16::try_from(problem["status"].as_u64().unwrap()).unwrap();
    let error = read(status, problem.to_string().as_bytes(), &hints);
    assert_eq!((error.status(), error.code()), (status, problem["code"].as_str().unwrap()), "{problem}");
    assert!(is_listed(&error) || matches!(error, ApiError::Logged { .. }), "{problem} became {error:?}");
    let text = error_text(&error);
    assert!(!text.is_empty() && !text.contains(['`', '_']) || text.contains("LATCHKEY_PUBLIC_URL"), "{text}");
    error
}

#[test]
fn every_error_of_the_server_is_understood_by_the_pages() {
    let (unknown, foreign) = (error_text(&ApiError::UnknownCode), error_text(&ApiError::NotUnderstood));
    for error in all() {
        let code = error.code();
        let shared = matches!(error, ApiError::MethodNotAllowed);
        let problem = Problem { request_id: "req-7".to_owned(), ..error.into() };
        let text = error_text(&understood(&serde_json::to_value(&problem).unwrap()));
        assert!(text != foreign && (shared || text != unknown), "{code}: {text}");
    }
}

/// A code that only the description knows would be one that the list above has forgotten.
#[tokio::test]
async fn every_problem_in_the_api_description_is_understood() {
    let document = Server::with(&["--introspection-client", "gateway:0123456789abcdef"]).await;
    let document = document.get("/api/openapi.json").await.json();
    let mut problems = Vec::new();
    collect(&document["paths"], &mut problems);
    let codes: BTreeSet<_> = problems.iter().map(|problem| understood(problem).code()).collect();
    let listed: BTreeSet<_> = all().iter().map(ApiError::code).collect();
    assert!(codes.len() > 15 && codes.is_subset(&listed), "{codes:?}");
    assert_eq!(listed.difference(&codes).collect::<Vec<_>>(), [&"method_not_allowed"]);
}

fn collect(value: &Value, problems: &mut Vec<Value>) {
    match value {
        Value::Object(fields) if fields.contains_key("code") && fields.contains_key("requestId") => {
            problems.push(value.clone());
        }
        Value::Object(fields) => fields.values().for_each(|value| collect(value, problems)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, problems)),
        _ => {}
    }
}
