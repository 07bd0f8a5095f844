//! A keyring file that is damaged while the server runs: the previous keys stay in use until the file is fixed.

use super::{kid, rotate_file};
use crate::support::{Server, Tokens};
use latchkey_core::sessions::keyring::live::KeyringChange;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

async fn assert_works(server: &Server, tokens: &Tokens) -> Tokens {
    assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    let next = server.rotate(&tokens.refresh).await;
    assert_eq!(kid(&next.access), kid(&tokens.access));
    next
}

#[tokio::test]
async fn damaged_keyring_is_reported_once_until_fixed() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("damaged", |path| fs::write(path, "garbage").unwrap()),
        ("damaged", |path| fs::write(path, "").unwrap()),
        ("missing", |path| fs::remove_file(path).unwrap()),
        ("not a file", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
    ];
    for (complaint, damage) in damages {
        let server = Server::start().await;
        let path = server.app.settings.server.keyring.clone();
        let mut tokens = server.register("ada").await;
        let good = fs::read(&path).unwrap();
        assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Unchanged);

        damage(&path);
        let error = server.app.server.sessions.live_keyring().check().unwrap_err().to_string();
        assert!(error.contains(complaint), "{error}");
        assert_eq!(
            server.app.server.sessions.live_keyring().check().unwrap(),
            KeyringChange::Unchanged,
            "{complaint} is reported once"
        );
        tokens = assert_works(&server, &tokens).await;

        let _ = fs::remove_dir(&path);
        fs::write(&path, good).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(
            server.app.server.sessions.live_keyring().check().unwrap(),
            KeyringChange::Unchanged,
            "the same keys as before"
        );
        tokens = assert_works(&server, &tokens).await;
        rotate_file(&server);
        assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Reloaded);
        assert_ne!(kid(&server.rotate(&tokens.refresh).await.access), kid(&tokens.access));
    }
}

#[tokio::test]
async fn keyring_damaged_differently_is_reported_again() {
    let server = Server::start().await;
    let path = &server.app.settings.server.keyring;
    for garbage in ["garbage", "more garbage"] {
        fs::write(path, garbage).unwrap();
        server.app.server.sessions.live_keyring().check().unwrap_err();
    }
}

#[tokio::test]
async fn retry_after_a_restored_keyring_gets_a_valid_token() {
    let server = Server::start().await;
    let path = server.app.settings.server.keyring.clone();
    let backup = fs::read(&path).unwrap();
    let parent = server.register("ada").await;
    rotate_file(&server);
    assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Reloaded);
    let lost = server.rotate(&parent.refresh).await;

    fs::write(&path, backup).unwrap();
    assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Reloaded);
    server.refresh(&lost.refresh).await.refused("unknown");
    let again = server.rotate(&parent.refresh).await;
    assert_ne!(again.refresh, lost.refresh);
    server.rotate(&again.refresh).await;
}
