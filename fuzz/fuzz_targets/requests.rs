//! Fuzzes the request decoders through the whole router. No input causes a panic or a 5xx, every error is
//! problem+json, and no answer quotes the parser's message.
//!
//! The first byte selects the endpoint, the second whether an access token is sent; the rest is the body or the query.

#![no_main]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use clap::Parser as _;
use http_body_util::BodyExt as _;
use latchkey_core::clock::SystemClock;
use latchkey::config::{Options, Settings};
use latchkey_core::random::SystemRandom;
use latchkey::server::router::router;
use latchkey::server::startup;
use libfuzzer_sys::fuzz_target;
use std::cell::LazyCell;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

const ENDPOINTS: [(&str, &str); 14] = [
    ("POST", "/api/auth/register"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/token/refresh"),
    ("POST", "/api/token/revoke"),
    ("GET", "/api/me"),
    ("GET", "/api/customers"),
    ("GET", "/api/sessions"),
    ("POST", "/api/sessions/revoke"),
    ("POST", "/api/sessions/revoke-others"),
    ("POST", "/api/account/password"),
    ("POST", "/api/account/delete"),
    ("GET", "/api/account/events"),
    ("GET", "/login"),
    ("POST", "/api/auth/password-advice"),
];

#[derive(clap::Parser)]
struct CommandLine {
    #[command(flatten)]
    options: Options,
}

struct Server {
    runtime: Runtime,
    router: Router,
    access_token: String,
    _data: TempDir,
}

thread_local! {
    static SERVER: LazyCell<Server> = const { LazyCell::new(start) };
}

fn start() -> Server {
    let data = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let line =
        CommandLine::parse_from(["latchkey", "--access-token-ttl", "12h", "--data-dir", data.path().to_str().unwrap()]);
    let settings = Settings::new(line.options).unwrap();
    let opened = runtime.block_on(startup::open(settings, Arc::new(SystemClock), Arc::new(SystemRandom))).unwrap();
    let mut server =
        Server { runtime, router: router(&opened.app, &opened.site), access_token: String::new(), _data: data };
    let body = br#"{"username":"fuzzy","password":"correct horse battery staple"}"#;
    let (status, text) = server.answer(b"POST", "/api/auth/register", false, body).unwrap();
    assert_eq!(status, 201, "{text}");
    let tokens: serde_json::Value = serde_json::from_str(&text).unwrap();
    server.access_token = tokens["token"].as_str().unwrap().to_owned();
    server
}

impl Server {
    /// Status and body; `None` for input that is not a valid request.
    fn answer(&self, method: &[u8], path: &str, signed_in: bool, body: &[u8]) -> Option<(u16, String)> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        request = request.header(header::CONTENT_TYPE, "application/json");
        // A logout with it would leave the rest of the run without an access token.
        if signed_in && path != "/api/token/revoke" {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.access_token));
        }
        let request = request.body(Body::from(body.to_vec())).ok()?;
        Some(self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let kind = response.headers().get(header::CONTENT_TYPE).cloned();
            let text = response.into_body().collect().await.unwrap().to_bytes();
            if path.starts_with("/api") && status >= 400 {
                assert_eq!(kind.unwrap(), "application/problem+json");
            }
            (status, String::from_utf8_lossy(&text).into_owned())
        }))
    }
}

fuzz_target!(|data: &[u8]| {
    let [endpoint, signed_in, rest @ ..] = data else { return };
    let (method, path) = ENDPOINTS[usize::from(*endpoint) % ENDPOINTS.len()];
    SERVER.with(|server| {
        let answer = match method {
            "GET" => {
                let query: String = rest.iter().map(|byte| format!("%{byte:02x}")).collect();
                // Raw where a URL allows it, so that the fuzzer finds the structure; otherwise percent-encoded.
                let raw = std::str::from_utf8(rest).ok().filter(|text| text.chars().all(|c| c.is_ascii_graphic()));
                let path = format!("{path}?{}", raw.map_or(format!("before={query}"), str::to_owned));
                server.answer(b"GET", &path, *signed_in % 2 == 1, b"")
            }
            _ => server.answer(method.as_bytes(), path, *signed_in % 2 == 1, rest),
        };
        let Some((status, text)) = answer else { return };
        assert!(status < 500, "{method} {path}: {status} {text}");
        if status < 400 || path == "/login" {
            return;
        }
        // Without the request ID, which is random and may contain any text.
        let mut problem: serde_json::Value = serde_json::from_str(&text).unwrap();
        problem["requestId"].take();
        let told = problem.to_string();
        for parser in ["expected", "EOF", "at line", "column", "serde", "panicked", "SQL"] {
            assert!(!told.contains(parser), "{method} {path} told: {told}");
        }
    });
});
