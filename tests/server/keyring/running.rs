//! A file that goes bad under a running server: what was read before works on, until the file is mended.

use super::{kid, rotate_file};
use crate::support::{Server, Tokens};
use latchkey_core::sessions::keyring::live::Look;
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
async fn a_bad_file_is_reported_once_and_the_mended_one_taken_up() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("damaged", |path| fs::write(path, "rubbish").unwrap()),
        ("damaged", |path| fs::write(path, "").unwrap()),
        ("missing", |path| fs::remove_file(path).unwrap()),
        ("not a file", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
    ];
    for (complaint, damage) in damages {
        let server = Server::start().await;
        let path = server.app.settings.keyring.clone();
        let mut tokens = server.register("ada").await;
        let good = fs::read(&path).unwrap();
        assert_eq!(server.app.sessions.live_keyring.look().unwrap(), Look::Unchanged);

        damage(&path);
        let error = server.app.sessions.live_keyring.look().unwrap_err().to_string();
        assert!(error.contains(complaint), "{error}");
        assert_eq!(server.app.sessions.live_keyring.look().unwrap(), Look::Unchanged, "{complaint} is reported once");
        tokens = assert_works(&server, &tokens).await;

        let _ = fs::remove_dir(&path);
        fs::write(&path, good).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(server.app.sessions.live_keyring.look().unwrap(), Look::Unchanged, "the same keys as before");
        tokens = assert_works(&server, &tokens).await;
        rotate_file(&server);
        assert_eq!(server.app.sessions.live_keyring.look().unwrap(), Look::TakenUp);
        assert_ne!(kid(&server.rotate(&tokens.refresh).await.access), kid(&tokens.access));
    }
}

#[tokio::test]
async fn one_that_is_bad_in_another_way_is_reported_again() {
    let server = Server::start().await;
    let path = &server.app.settings.keyring;
    for rubbish in ["rubbish", "more rubbish"] {
        fs::write(path, rubbish).unwrap();
        server.app.sessions.live_keyring.look().unwrap_err();
    }
}

#[tokio::test]
async fn after_a_restored_backup_of_the_keyring_a_retry_gets_a_token_that_works() {
    let server = Server::start().await;
    let path = server.app.settings.keyring.clone();
    let backup = fs::read(&path).unwrap();
    let parent = server.register("ada").await;
    rotate_file(&server);
    assert_eq!(server.app.sessions.live_keyring.look().unwrap(), Look::TakenUp);
    let lost = server.rotate(&parent.refresh).await;

    fs::write(&path, backup).unwrap();
    assert_eq!(server.app.sessions.live_keyring.look().unwrap(), Look::TakenUp);
    server.refresh(&lost.refresh).await.refused("unknown");
    let again = server.rotate(&parent.refresh).await;
    assert_ne!(again.refresh, lost.refresh);
    server.rotate(&again.refresh).await;
}
