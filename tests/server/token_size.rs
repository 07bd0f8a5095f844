//! Any accepted username, roles and public URL fit into an access token: it must not exceed the size limit of the
//! verifier.

use crate::support::command::{latchkey, run_with};
use crate::support::{PASSWORD, Server, settings};
use latchkey_axum::settings::MAX_ISSUER_LENGTH;
use latchkey_core::hooks::{Hooks, LARGEST_CLAIMS};
use serde_json::json;
use std::path::Path;

/// This many roles with the longest names.
fn roles(number: usize) -> String {
    (0..number).map(|n| format!("r{n:0>31}")).collect::<Vec<_>>().join(",")
}

/// The longest possible public URL.
fn public_url() -> String {
    let label = "a".repeat(63);
    format!("https://{label}.{label}.{label}.{}:65535", "a".repeat(61))
}

#[tokio::test]
async fn largest_name_roles_url_and_claims_make_an_accepted_token() {
    let server = Server::with(&["--public-url", &public_url(), "--default-roles", &roles(32)]).await;
    // Of the application: characters that JSON writes in two bytes.
    let largest = json!({ "a": "\"".repeat((LARGEST_CLAIMS - 8) / 2) });
    assert_eq!(largest.to_string().len(), LARGEST_CLAIMS);
    let claims = largest.clone();
    let server = server.with_hooks(Hooks::default().claims(move |_| {
        let claims = claims.clone();
        async move { claims }
    }));
    // Four bytes for each of 64 characters, and none of them has a lower case.
    let name = "\u{20000}".repeat(64);
    let tokens = server.register(&name).await;
    // A path prefix makes the issuer longer, which is in the token twice, in base64.
    let longer = 2 * (MAX_ISSUER_LENGTH - public_url().len()).div_ceil(3) * 4;
    assert!(tokens.access.len() > 2_000 && tokens.access.len() + longer < 4_096, "{} {longer}", tokens.access.len());
    assert_eq!(tokens.claims()["a"], largest["a"]);
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    let next = server.rotate(&tokens.refresh).await;
    assert_eq!(server.get_as(&next.access, "/api/me").await.status, 200);
    let both = json!({ "refreshToken": next.refresh, "accessToken": next.access });
    assert_eq!(server.post("/api/token/refresh", both).await.status, 200);
}

#[tokio::test]
async fn roles_too_large_for_a_token_are_refused_when_set() {
    let server = Server::today(&[]).await;
    let ada = server.register("ada").await;
    for (arguments, input) in [
        (vec!["user", "roles", "ada", "--set"], ""),
        (vec!["user", "add", "eve", "--roles"], PASSWORD),
        (vec!["user", "add", "eve", "--default-roles"], PASSWORD),
    ] {
        let mut command = latchkey(server.data.path());
        let error = run_with(command.args(&arguments).arg(roles(33)), input.as_bytes()).failed(2);
        assert!(error.contains("33 roles") && error.contains("at most 32"), "{error}");
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM users WHERE roles <> ''").await, "0");
    let error = settings(Path::new("x"), &["--default-roles", &roles(33)]).unwrap_err();
    assert!(error.starts_with("LATCHKEY_DEFAULT_ROLES") && error.contains("at most 32"), "{error}");

    assert!(server.command(&["user", "roles", "ada", "--set", &roles(32)]).done().starts_with("ada has the roles"));
    let next = server.rotate(&ada.refresh).await;
    assert_eq!(server.get_as(&next.access, "/api/me").await.status, 200);
}

#[test]
fn overlong_setting_is_refused() {
    let long = format!("https://{}.example", "a".repeat(300));
    let error = settings(Path::new("x"), &["--public-url", &long]).unwrap_err();
    assert!(error.starts_with("LATCHKEY_PUBLIC_URL") && error.contains("longer"), "{error}");
    let client = format!("gateway:{}", "0123456789abcdefg".repeat(1_000));
    let error = settings(Path::new("x"), &["--introspection-client", &client]).unwrap_err();
    assert!(error.starts_with("LATCHKEY_INTROSPECTION_CLIENT") && error.contains("at most 1024"), "{error}");
}
