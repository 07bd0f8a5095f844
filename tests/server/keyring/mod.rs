//! The keyring file: created once, kept, and refused if it is damaged or exposed.

mod command;
mod publish;
mod reload;
mod retire;
mod retire_command;
mod rotate;
mod running;
mod several_servers;

use crate::support::{Server, start_and_stop};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::clock::Clock as _;
use latchkey_core::random::SystemRandom;
use latchkey_core::sessions::keyring::file::{self, Start};
use latchkey_core::sessions::keyring::format::FORMAT;
use latchkey_core::sessions::keyring::live::KeyringChange;
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::TempDir;

/// The file as JSON.
fn contents(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Adds new keys to the file, like `latchkey key rotate --now`. The running server has not loaded them yet.
fn rotate_file(server: &Server) {
    file::rotate(&server.app.settings.server.keyring, &SystemRandom, server.clock.now(), Start::AtOnce).unwrap();
}

/// Adds new keys, which the running server loads and uses.
fn rotate_keys(server: &Server) {
    rotate_file(server);
    assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Reloaded);
}

/// The key that an access token names.
fn kid(access_token: &str) -> Value {
    let header = URL_SAFE_NO_PAD.decode(access_token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
}

async fn start_error(server: Server) -> String {
    server.try_restart(&[]).await.map(|_| ()).unwrap_err().to_string()
}

#[tokio::test]
async fn keyring_is_created_readable_by_its_owner_only() {
    let server = Server::start().await;
    let path = server.data.path().join("keyring.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(server.data.path())
            .unwrap()
            .filter(|file| { file.as_ref().unwrap().file_name().to_string_lossy().contains("new-") })
            .count(),
        0,
        "no draft is left behind"
    );
    let before = fs::read(&path).unwrap();
    let server = server.restart(&[]).await;
    assert_eq!(fs::read(server.data.path().join("keyring.json")).unwrap(), before);
}

#[tokio::test]
async fn keyring_readable_by_others_is_not_loaded() {
    let server = Server::start().await;
    let path = server.data.path().join("keyring.json");
    for mode in [0o644, 0o640, 0o604] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = file::load(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("{mode:o}")) && error.contains("chmod 600"), "{error}");
    }
}

#[tokio::test]
async fn exposed_keyring_is_tightened_at_start_and_while_running() {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut server = Server::start().await;
    let tokens = server.register("ada").await;
    let path = server.data.path().join("keyring.json");
    for exposed in [0o660, 0o640, 0o604, 0o666, 0o444] {
        fs::set_permissions(&path, Permissions::from_mode(exposed)).unwrap();
        server = server.restart(&[]).await;
        assert_eq!(mode(&path), exposed & 0o700, "{exposed:o}");
        fs::set_permissions(&path, Permissions::from_mode(exposed)).unwrap();
        assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Unchanged);
        assert_eq!(mode(&path), exposed & 0o700, "{exposed:o}");
    }
    server.rotate(&tokens.refresh).await;
}

#[tokio::test]
async fn file_that_is_not_a_keyring_keeps_its_mode() {
    let server = Server::start().await;
    let other = server.data.path().join("other.json");
    for content in ["root:x:0:0", "{}", ""] {
        fs::write(&other, content).unwrap();
        fs::set_permissions(&other, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(file::tighten(&other), None);
        assert_eq!(fs::metadata(&other).unwrap().permissions().mode() & 0o777, 0o644, "{content}");
    }
}

#[tokio::test]
async fn keyring_of_a_newer_version_is_refused_as_newer() {
    let data = TempDir::new().unwrap();
    start_and_stop(data.path()).await.unwrap();
    let path = data.path().join("keyring.json");
    let whole: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for fields in [json!({}), json!({ "later": [] }), json!({ "hmac": "c2hvcnQ" })] {
        let mut file = whole.clone();
        file.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        file["version"] = (FORMAT + 1).into();
        fs::write(&path, file.to_string()).unwrap();
        let error = start_and_stop(data.path()).await.unwrap_err();
        assert!(error.contains("keyring.json was written by a newer version of Latchkey: run that"), "{error}");
        assert!(!error.contains("c2hvcnQ") && !error.contains("damaged"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), file.to_string());
    }
}

#[tokio::test]
async fn damaged_keyring_is_refused_unchanged_and_not_quoted() {
    let whole = {
        let server = Server::start().await;
        fs::read_to_string(server.data.path().join("keyring.json")).unwrap()
    };
    let change = |change: fn(&mut Value)| {
        let mut file: Value = serde_json::from_str(&whole).unwrap();
        change(&mut file);
        file.to_string()
    };
    let damages = [
        String::new(),
        "garbage".to_owned(),
        "{}".to_owned(),
        whole[..whole.len() / 2].to_owned(),
        change(|file| file["hmac"] = Value::Array(vec![])),
        change(|file| file["signing"] = Value::Array(vec![])),
        change(|file| file["hmac"][0]["secret"] = "c2hvcnQ".into()),
        change(|file| file["signing"][0]["pkcs8"] = "c2hvcnQ".into()),
        change(|file| file["signing"][0]["kid"] = "".into()),
        change(|file| {
            let twin = file["signing"][0].clone();
            file["signing"].as_array_mut().unwrap().push(twin);
        }),
    ];
    for damage in damages {
        let data = TempDir::new().unwrap();
        start_and_stop(data.path()).await.unwrap();
        let path = data.path().join("keyring.json");
        fs::write(&path, &damage).unwrap();
        let error = start_and_stop(data.path()).await.unwrap_err();
        assert!(error.contains("keyring.json") && error.contains("damaged"), "{damage}: {error}");
        assert!(!error.contains("c2hvcnQ"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), damage);
    }
}

#[tokio::test]
async fn keyring_that_is_not_a_file_is_refused() {
    let data = TempDir::new().unwrap();
    fs::create_dir(data.path().join("keyring.json")).unwrap();
    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("keyring.json") && error.contains("not a file"), "{error}");
}

#[tokio::test]
async fn lost_keyring_is_not_replaced_while_sessions_need_it() {
    let server = Server::start().await;
    server.register("ada").await;
    let path = server.data.path().join("keyring.json");
    fs::remove_file(&path).unwrap();
    let error = start_error(server).await;
    assert!(error.contains("keyring.json is missing") && error.contains("restore it from your backup"), "{error}");
    assert!(!path.exists());
}
