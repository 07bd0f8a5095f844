//! The keyring's file: made once, kept, refused when it cannot be trusted.

use crate::support::{Server, start_and_stop};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::TempDir;

async fn start_error(server: Server) -> String {
    server.try_restart(&[]).await.map(|_| ()).unwrap_err().to_string()
}

#[tokio::test]
async fn is_created_for_its_owner_alone_and_kept() {
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
async fn one_that_others_can_read_is_refused() {
    let server = Server::start().await;
    let path = server.data.path().join("keyring.json");
    for mode in [0o644, 0o640, 0o604] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let error = latchkey::server::sessions::keyring_file::load(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("{mode:o}")) && error.contains("chmod 600"), "{error}");
    }
    let error = start_error(server).await;
    assert!(error.contains("keyring.json"), "{error}");
}

#[tokio::test]
async fn a_damaged_one_is_refused_left_alone_and_not_quoted() {
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
        "rubbish".to_owned(),
        "{}".to_owned(),
        whole[..whole.len() / 2].to_owned(),
        change(|file| file["version"] = 2.into()),
        change(|file| file["hmac"] = Value::Array(vec![])),
        change(|file| file["signing"] = Value::Array(vec![])),
        change(|file| file["hmac"][0]["secret"] = "c2hvcnQ".into()),
        change(|file| file["signing"][0]["pkcs8"] = "c2hvcnQ".into()),
        change(|file| file["signing"][0]["kid"] = "".into()),
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
async fn one_that_is_no_file_is_refused() {
    let data = TempDir::new().unwrap();
    fs::create_dir(data.path().join("keyring.json")).unwrap();
    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("keyring.json") && error.contains("not a file"), "{error}");
}

#[tokio::test]
async fn an_older_key_goes_on_verifying_after_a_newer_one_was_added() {
    let server = Server::start().await;
    let (first, parent) = (server.register("ada").await, server.log_in("ada").await);
    let second = server.rotate(&parent.refresh).await;
    let file = |data: &Path| serde_json::from_slice::<Value>(&fs::read(data.join("keyring.json")).unwrap()).unwrap();
    let foreign = TempDir::new().unwrap();
    start_and_stop(foreign.path()).await.unwrap();
    let (mut both, newer) = (file(server.data.path()), file(foreign.path()));
    for kind in ["hmac", "signing"] {
        both[kind].as_array_mut().unwrap().insert(0, newer[kind][0].clone());
    }
    fs::write(server.data.path().join("keyring.json"), both.to_string()).unwrap();

    let server = server.restart(&[]).await;
    assert_eq!(server.get_as(&first.access, "/api/me").await.status, 200);
    let renewed = server.rotate(&first.refresh).await;
    assert_eq!(server.get_as(&renewed.access, "/api/me").await.status, 200);
    server.rotate(&second.refresh).await;
    let keys = server.get("/.well-known/jwks.json").await.json();
    let kid = |n: usize| keys["keys"][n]["kid"].clone();
    assert_eq!((kid(0), kid(1)), (newer["signing"][0]["kid"].clone(), both["signing"][1]["kid"].clone()));
}

#[tokio::test]
async fn a_lost_one_is_not_made_anew_while_sessions_need_it() {
    let server = Server::start().await;
    server.register("ada").await;
    let path = server.data.path().join("keyring.json");
    fs::remove_file(&path).unwrap();
    let error = start_error(server).await;
    assert!(error.contains("keyring.json is missing") && error.contains("restore it from your backup"), "{error}");
    assert!(!path.exists());
}
