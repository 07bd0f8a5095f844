//! A running server loads a key rotation: no session ends, and the new keys make new tokens.

use super::{contents, kid, rotate_file, rotate_keys};
use crate::support::Server;
use latchkey_core::clock::{Clock as _, Timestamp};
use latchkey_core::random::SystemRandom;
use latchkey_core::sessions::keyring::file::{self, Start};
use latchkey_core::sessions::keyring::live::KeyringChange;
use serde_json::json;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

#[tokio::test]
async fn rotation_keeps_old_tokens_and_signs_with_new_keys() {
    let server = Server::start().await;
    let (first, parent) = (server.register("ada").await, server.log_in("ada").await);
    let second = server.rotate(&parent.refresh).await;

    rotate_file(&server);
    assert_eq!(kid(&server.log_in("ada").await.access), kid(&first.access), "not taken up yet");
    assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Reloaded);
    assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Unchanged);

    let file = contents(&server.app.settings.server.keyring);
    assert_eq!(server.get_as(&first.access, "/api/me").await.status, 200);
    let body = json!({ "refreshToken": first.refresh, "accessToken": first.access });
    let renewed = server.post("/api/token/refresh", body).await.tokens();
    assert_eq!(kid(&renewed.access), file["signing"][0]["kid"]);
    assert_ne!(kid(&renewed.access), kid(&first.access));
    assert_eq!(server.get_as(&renewed.access, "/api/me").await.status, 200);
    server.rotate(&renewed.refresh).await;
    server.rotate(&second.refresh).await;
    assert_eq!(kid(&server.log_in("ada").await.access), file["signing"][0]["kid"]);
}

#[tokio::test]
async fn jwks_after_rotation_has_both_public_keys_only() {
    let server = Server::start().await;
    rotate_keys(&server);
    let file = contents(&server.app.settings.server.keyring);
    let answer = server.get("/.well-known/jwks.json").await;
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 2);
    for (shown, entry) in keys.iter().zip(file["signing"].as_array().unwrap()) {
        assert_eq!(shown["kid"], entry["kid"]);
        let mut fields: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert!(!answer.text.contains(entry["pkcs8"].as_str().unwrap()));
    }
    assert_ne!(keys[0]["x"], keys[1]["x"]);
}

#[tokio::test]
async fn retry_across_rotations_gets_the_same_refresh_token() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    rotate_keys(&server);
    assert_eq!(server.rotate(&first.refresh).await.refresh, second.refresh);

    let third = server.rotate(&second.refresh).await;
    rotate_keys(&server);
    assert_eq!(server.rotate(&second.refresh).await.refresh, third.refresh);
    let server = server.restart(&[]).await;
    assert_eq!(server.rotate(&second.refresh).await.refresh, third.refresh);
    server.rotate(&third.refresh).await;
}

#[tokio::test]
async fn retry_in_a_session_without_secret_id_gets_same_token() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    server.tamper("UPDATE sessions SET tag_key = NULL").await;
    rotate_keys(&server);
    assert_eq!(server.rotate(&first.refresh).await.refresh, second.refresh);
    let third = server.rotate(&second.refresh).await;
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE tag_key IS NULL").await, "0");
    assert_eq!(server.rotate(&second.refresh).await.refresh, third.refresh);
}

#[tokio::test]
async fn session_opened_after_a_rotation_uses_the_new_secret() {
    let server = Server::start().await;
    server.register("ada").await;
    rotate_keys(&server);
    let opened = server.log_in("ada").await;
    assert_eq!(server.sql("SELECT COUNT(DISTINCT tag_key) FROM sessions").await, "2");
    let keyring = server.app.server.sessions.keyring();
    let newest = keyring.secret_in_use(server.clock.now()).id();
    let key = format!("SELECT tag_key FROM sessions WHERE id = '{}'", opened.claims()["sid"].as_str().unwrap());
    assert_eq!(server.sql(key.leak()).await, newest);
}

#[tokio::test]
async fn restart_after_a_rotation_loads_all_keys() {
    let server = Server::start().await;
    let before = server.register("ada").await;
    rotate_keys(&server);
    let after = server.log_in("ada").await;
    let server = server.restart(&[]).await;
    for tokens in [&before, &after] {
        assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
        server.rotate(&tokens.refresh).await;
    }
}

#[tokio::test]
async fn parallel_rotations_all_apply_without_a_torn_file() {
    let server = Server::start().await;
    let path = server.app.settings.server.keyring.as_path();
    let start = Timestamp::from_millis(0);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !over.load(Ordering::SeqCst) {
                file::load(path).unwrap().unwrap();
                reads += 1;
            }
            reads
        });
        let rotations: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| file::rotate(path, &SystemRandom, start, Start::Published).map(drop)))
            .collect();
        let landed: Vec<_> = rotations.into_iter().map(|rotation| rotation.join().unwrap()).collect();
        over.store(true, Ordering::SeqCst);
        assert!(reader.join().unwrap() > 0);
        assert!(landed.iter().all(Result::is_ok), "{landed:?}");
    });
    let file = contents(path);
    for kind in ["hmac", "signing"] {
        assert_eq!(file[kind].as_array().unwrap().len(), 9);
    }
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!server.data.path().join("keyring.json.draft").exists());
}

#[tokio::test]
async fn draft_of_a_killed_rotation_does_not_block_the_next() {
    let server = Server::start().await;
    fs::write(server.data.path().join("keyring.json.draft"), "{ \"version\": 1, \"hm").unwrap();
    rotate_keys(&server);
    assert!(!server.data.path().join("keyring.json.draft").exists());
}

#[tokio::test]
async fn rotation_of_a_linked_keyring_keeps_the_link() {
    let server = Server::start().await;
    let elsewhere = TempDir::new().unwrap();
    let (link, real) = (server.app.settings.server.keyring.as_path(), elsewhere.path().join("keys.json"));
    fs::rename(link, &real).unwrap();
    symlink(&real, link).unwrap();
    rotate_keys(&server);
    assert!(fs::symlink_metadata(link).unwrap().is_symlink());
    assert_eq!(contents(&real)["signing"].as_array().unwrap().len(), 2);
}
