//! Retired keys: their tokens are unknown, and their sessions are otherwise unchanged.

use super::rotate_keys;
use crate::support::Server;
use crate::support::forge::Forger;
use latchkey_core::clock::Clock as _;
use latchkey_core::sessions::keyring::file::{self, KeyringError};
use latchkey_core::sessions::keyring::live::KeyringChange;
use latchkey_core::sessions::keyring::{KeyKind, KeyState};
use serde_json::{Value, json};

/// Removes every older key of this kind, as `latchkey key retire ID --now` does, and the running server loads the
/// change.
fn retire_older(server: &Server, kind: KeyKind) {
    let retired = file::retire(&server.app.settings.server.keyring, server.clock.now(), |keys| {
        let older = keys.iter().filter(|key| key.kind == kind && key.state != KeyState::InUse);
        Ok::<_, KeyringError>(older.cloned().collect())
    });
    assert_eq!(retired.unwrap().len(), 1);
    assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Reloaded);
}

#[tokio::test]
async fn access_token_of_a_retired_key_is_refused_as_forged() {
    let server = Server::start().await;
    let before = server.register("ada").await;
    rotate_keys(&server);
    retire_older(&server, KeyKind::Signing);

    let (retired, forged) = (&before.access, Forger::from_good(&server, &before.access).with_foreign_key().0.sign());
    let mut problems = Vec::new();
    for token in [retired, &forged] {
        let answer = server.get_as(token, "/api/me").await;
        let mut problem = answer.problem(401, "invalid_token");
        assert_eq!(problem["reason"], "invalid");
        problem["requestId"] = Value::Null;
        problems.push((problem, answer.header("www-authenticate").to_owned()));
    }
    assert_eq!(problems[0], problems[1]);
    assert_eq!(server.get("/.well-known/jwks.json").await.json()["keys"].as_array().unwrap().len(), 1);

    let renewed = server.rotate(&before.refresh).await;
    assert_eq!(server.get_as(&renewed.access, "/api/me").await.status, 200, "the session lives on");
}

#[tokio::test]
async fn refresh_token_of_a_retired_secret_is_unknown() {
    let server = Server::start().await;
    let stale = server.register("ada").await;
    let used = server.log_in("ada").await;
    rotate_keys(&server);
    let used = server.rotate(&used.refresh).await;
    retire_older(&server, KeyKind::Secret);

    let rows =
        "SELECT string_agg(id || generation || rotated_at || COALESCE(revoke_reason, '-') || tag_key, ',' ORDER BY id)
                FROM sessions";
    let before = server.sql(rows).await;
    server.refresh(&stale.refresh).await.refused("unknown");
    assert_eq!(server.sql(rows).await, before);
    assert_eq!(server.get_as(&stale.access, "/api/me").await.status, 200, "its access token has its own key");
    server.rotate(&used.refresh).await;
}

#[tokio::test]
async fn refresh_with_access_token_of_retired_key_succeeds() {
    let server = Server::start().await;
    let slept = server.register("ada").await;
    rotate_keys(&server);
    retire_older(&server, KeyKind::Signing);
    let body = json!({ "refreshToken": slept.refresh, "accessToken": slept.access });
    assert_eq!(server.post("/api/token/refresh", body).await.status, 200);
}
