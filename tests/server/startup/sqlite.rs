//! The database's file: missing, emptied, damaged, read-only, or readable by others.

use crate::support::binary::Binary;
use crate::support::{Server, start_and_stop as start};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

/// Starts with a database file of this content, and returns the error message.
async fn start_error_with_database(content: &[u8]) -> String {
    let data = TempDir::new().unwrap();
    let path = data.path().join("latchkey.db");
    fs::write(&path, content).unwrap();
    let error = start(data.path()).await.unwrap_err();
    assert!(error.contains("latchkey.db"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), content, "the file is left as it was");
    assert!(!data.path().join("keyring.json").exists(), "nothing is created beside it");
    error
}

#[tokio::test]
async fn file_that_is_not_a_database_is_refused() {
    let error =
        start_error_with_database(b"This is a text, and a long enough one to be read as a header of a file.").await;
    assert!(error.contains("damaged") && error.contains("backup"), "{error}");
}

#[tokio::test]
async fn emptied_database_is_not_taken_for_a_new_one() {
    let data = TempDir::new().unwrap();
    start(data.path()).await.unwrap();
    let path = data.path().join("latchkey.db");
    fs::write(&path, "").unwrap();
    let error = start(data.path()).await.unwrap_err();
    assert!(error.contains("latchkey.db is empty") && error.contains("backup"), "{error}");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
}

#[tokio::test]
async fn lost_database_beside_its_keyring_is_not_recreated() {
    let data = TempDir::new().unwrap();
    start(data.path()).await.unwrap();
    let path = data.path().join("latchkey.db");
    fs::remove_file(&path).unwrap();
    let error = start(data.path()).await.unwrap_err();
    assert!(error.contains("latchkey.db is missing") && error.contains("backup"), "{error}");
    assert!(!path.exists());
}

#[tokio::test]
async fn interrupted_first_start_can_be_repeated() {
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("latchkey.db"), "").unwrap();
    start(data.path()).await.unwrap();
}

#[tokio::test]
async fn created_files_are_readable_by_their_owner_only() {
    let server = Server::start().await;
    for name in ["latchkey.db", "latchkey.db-wal", "keyring.json"] {
        let mode = fs::metadata(server.data.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

/// What a container platform does to a volume at each start (`fsGroup`).
#[tokio::test]
async fn group_readable_files_are_tightened_with_a_warning() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    let data = server.stop().await;
    let path = |name: &str| data.path().join(name);
    let mode = |name: &str| fs::metadata(path(name)).unwrap().permissions().mode() & 0o7777;
    let set = |name: &str, mode| fs::set_permissions(path(name), Permissions::from_mode(mode)).unwrap();
    let others = ["latchkey.db.before-restore-20261121T220000Z", "notes.txt", "keyring.json.old", "latchkey.db.html"];
    others.iter().for_each(|name| fs::write(path(name), "").unwrap());
    let ours = ["latchkey.db", "keyring.json", others[0]];
    let modes = ours.iter().map(|name| (*name, 0o660));
    // On a file, the sticky bit has no meaning.
    for (name, open) in modes.chain([(others[0], 0o1660), ("notes.txt", 0o664), (others[3], 0o664), (".", 0o2775)]) {
        set(name, open);
    }

    let settings = [("LATCHKEY_DATA_DIR", data.path().to_str().unwrap())];
    let mut binary = Binary::start(&settings);
    for name in ours.into_iter().chain(["latchkey.db-wal", "latchkey.db-shm"]) {
        assert_eq!(mode(name) & 0o777, 0o600, "{name}");
    }
    assert_eq!(mode("."), 0o2755, "only what lets others put files in is taken");
    assert_eq!((mode("notes.txt"), mode(others[3])), (0o664, 0o664), "other files are left alone");
    binary.wait_until("the log says so", |binary| binary.log().contains("could read or change"));
    for words in [
        "latchkey.db (mode 660); they no longer can (mode 600)",
        "keyring.json could be read by other users",
        "other users of this machine could change",
        "(mode 775); they no longer can (mode 755)",
    ] {
        assert!(binary.log().contains(words), "{words}: {}", binary.log());
    }
    assert_eq!(binary.refresh(&tokens.refresh).status, 200);
    // A second start logs no warning.
    drop(binary);
    let binary = Binary::start(&settings);
    assert!(!binary.log().contains("other users"), "{}", binary.log());
}

#[tokio::test]
async fn start_on_a_file_of_another_program_changes_no_mode() {
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("latchkey.db"), "a".repeat(5000)).unwrap();
    for name in ["latchkey.db", "."] {
        fs::set_permissions(data.path().join(name), Permissions::from_mode(0o775)).unwrap();
    }
    start(data.path()).await.unwrap_err();
    for name in ["latchkey.db", "."] {
        assert_eq!(fs::metadata(data.path().join(name)).unwrap().permissions().mode() & 0o777, 0o775, "{name}");
    }
}

#[tokio::test]
async fn database_damaged_in_the_middle_is_refused() {
    let server = Server::start().await;
    server.register("ada").await;
    server.app.server.database.store.close().await;
    let mut content = fs::read(server.data.path().join("latchkey.db")).unwrap();
    for byte in &mut content[4096 * 2..] {
        *byte ^= 0x5a;
    }
    let error = start_error_with_database(&content).await;
    assert!(error.contains("damaged"), "{error}");
}

#[tokio::test]
async fn database_and_log_without_each_other_are_refused() {
    let server = Server::start().await;
    server.register("ada").await;
    let copy = TempDir::new().unwrap();
    // Everything is in the log yet, as after a crash: the server has not been stopped.
    for name in ["latchkey.db", "keyring.json"] {
        fs::copy(server.data.path().join(name), copy.path().join(name)).unwrap();
    }
    let error = start(copy.path()).await.unwrap_err();
    assert!(error.contains("latchkey.db has lost its tables") && error.contains("-wal"), "{error}");

    let copy = TempDir::new().unwrap();
    let log = copy.path().join("latchkey.db-wal");
    fs::copy(server.data.path().join("latchkey.db-wal"), &log).unwrap();
    let before = fs::read(&log).unwrap();
    let error = start(copy.path()).await.unwrap_err();
    assert!(error.contains("latchkey.db is missing") && error.contains("-wal"), "{error}");
    assert_eq!(fs::read(&log).unwrap(), before);
}

#[tokio::test]
async fn read_only_database_is_refused() {
    let data = TempDir::new().unwrap();
    start(data.path()).await.unwrap();
    fs::set_permissions(data.path().join("latchkey.db"), Permissions::from_mode(0o400)).unwrap();
    let error = start(data.path()).await.unwrap_err();
    assert!(error.contains("latchkey.db is read-only") && error.contains("writable"), "{error}");
}
