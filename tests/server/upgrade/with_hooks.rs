//! Rows and tokens of earlier versions at a server of an application with hooks.

use super::from_0011::FROM_0011;
use super::{FROM_0005, text, upgraded};
use latchkey_core::hooks::Hooks;
use serde_json::{Value, json};

fn plans() -> Hooks {
    Hooks::default().claims(async |_| json!({ "plan": "pro" }))
}

/// The access token is from before the claim, and the client sends it along.
async fn assert_survives(files: &str, session: impl Fn(&Value) -> (String, String)) {
    let (server, tokens) = upgraded(files).await;
    let server = server.with_hooks(plans());
    let (access, refresh) = session(&tokens);
    assert_eq!(server.get_as(&access, "/api/me").await.status, 200);
    let both = json!({ "refreshToken": refresh, "accessToken": access });
    let next = server.post("/api/token/refresh", both).await;
    assert_eq!(next.status, 200, "{}", next.text);
    assert_eq!(next.tokens().claims()["plan"], "pro");
    assert_eq!(server.get_as(&next.tokens().access, "/api/me").await.status, 200);
}

#[tokio::test]
async fn session_from_0005_survives_an_added_claim() {
    assert_survives(FROM_0005, |tokens| {
        let session = &tokens["seen"];
        (text(&session["access"]).to_owned(), text(&session["head"]).to_owned())
    })
    .await;
}

#[tokio::test]
async fn session_from_0011_survives_an_added_claim() {
    assert_survives(FROM_0011, |tokens| {
        let session = &tokens["ada"]["fresh"];
        (text(&session["access"]).to_owned(), text(&session["refresh"]).to_owned())
    })
    .await;
}
