//! A response with its whole body.

use super::Tokens;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use serde_json::Value;

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn tokens(&self) -> Tokens {
        let all = self.json();
        let text = |field: &str| all[field].as_str().unwrap().to_owned();
        Tokens { access: text("token"), refresh: text("refreshToken"), all }
    }

    /// Asserts that this is a complete problem+json with this status and code, and returns it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        let problem = self.json();
        assert_eq!(problem["code"], code);
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["requestId"], self.header("x-request-id"));
        for prose in ["title", "detail"] {
            assert!(!problem[prose].as_str().unwrap().is_empty(), "{prose} is empty");
        }
        problem
    }

    /// Asserts that this is a refused refresh, for this reason.
    #[track_caller]
    pub fn refused(&self, reason: &str) {
        assert_eq!(self.problem(400, "invalid_grant")["reason"], reason);
    }
}
