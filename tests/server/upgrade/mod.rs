//! Databases that earlier versions created are migrated, and no user is signed out.

mod from_0011;
mod take_over;
mod with_hooks;

use crate::support::{Place, Server, Tokens};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::TempDir;

/// A database of the version whose newest migration is 0005, with its keyring, and the tokens of its live sessions.
const FROM_0005: &str = "tests/server/upgrade/migration_0005";

const HERE: Place<'static> = Place::new("192.0.2.7", "Firefox/145.0");
const ELSEWHERE: Place<'static> = Place::new("198.51.100.9", "curl/8.5.0");

/// The current server on a copy of these files, with the clock at the time of their creation, and their tokens.
fn copied(files: &str) -> (TempDir, Value) {
    let (files, data) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(files), TempDir::new().unwrap());
    for name in ["latchkey.db", "keyring.json"] {
        fs::copy(files.join(name), data.path().join(name)).unwrap();
        fs::set_permissions(data.path().join(name), Permissions::from_mode(0o600)).unwrap();
    }
    (data, serde_json::from_str(&fs::read_to_string(files.join("tokens.json")).unwrap()).unwrap())
}

/// The current server on a copy of these files, at the time of their creation, and their tokens.
async fn upgraded(files: &str) -> (Server, Value) {
    upgraded_with(files, &[]).await
}

/// The same with these settings.
async fn upgraded_with(files: &str, arguments: &[&str]) -> (Server, Value) {
    let (data, tokens) = copied(files);
    let now = tokens["now"].as_i64().unwrap();
    (Server::on(data, now, arguments).await, tokens)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn upgrade_from_0005_signs_no_user_out() {
    let (server, tokens) = upgraded(FROM_0005).await;
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await, "3");
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE rotated_network IS NOT NULL").await, "0");
    for session in [&tokens["seen"], &tokens["unseen"]] {
        assert_eq!(server.get_as(text(&session["access"]), "/api/me").await.status, 200);
        // From wherever their users are now.
        let head = server.refresh_and_confirm(ELSEWHERE, text(&session["head"])).await;
        server.refresh_and_confirm(HERE, &head.refresh).await;
    }
}

#[tokio::test]
async fn session_from_0005_tolerates_its_parent_until_rotated() {
    let (server, tokens) = upgraded(FROM_0005).await;
    for session in [&tokens["seen"], &tokens["unseen"]] {
        let head = text(&session["head"]);
        for place in [HERE, ELSEWHERE] {
            let again = server.refresh_from(place, text(&session["parent"])).await;
            assert_eq!(again.tokens().refresh, head, "{place:?}");
        }
        let next = server.refresh_and_confirm(HERE, head).await;
        server.refresh_from(ELSEWHERE, head).await.problem(503, "unavailable");
        assert_eq!(server.refresh_from(HERE, head).await.tokens().refresh, next.refresh);
    }
}

#[tokio::test]
async fn device_list_of_session_from_0005_has_no_last_use() {
    let (server, tokens) = upgraded(FROM_0005).await;
    let tokens = Tokens {
        access: text(&tokens["seen"]["access"]).to_owned(),
        refresh: text(&tokens["seen"]["head"]).to_owned(),
        all: Value::Null,
    };
    let listed = server.get_as(&tokens.access, "/api/sessions").await.json();
    assert_eq!((&listed[0]["ip"], &listed[0]["lastUsedFrom"]), (&HERE.ip.into(), &Value::Null));
    let next = server.refresh_and_confirm(HERE, &tokens.refresh).await;
    let listed = server.get_as(&next.access, "/api/sessions").await.json();
    assert_eq!(listed[0]["lastUsedFrom"]["ip"], HERE.ip);
    assert_eq!(listed[0]["lastUsedFrom"]["networkDiffers"], false);
}
