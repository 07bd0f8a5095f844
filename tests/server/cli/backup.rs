//! `latchkey backup FILE`.

use crate::support::command::{latchkey, run};
use crate::support::{Server, start_and_stop};
use sqlx::Connection as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tempfile::TempDir;

async fn query(file: &Path, question: &'static str) -> i64 {
    let url = format!("sqlite://{}?mode=ro", file.display());
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    sqlx::query_scalar(question).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_during_writes_is_consistent() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    let target = server.data.path().join("copy.db");
    let (stop, rotations) = (AtomicBool::new(false), AtomicU32::new(0));
    let write = async {
        let mut tokens = tokens;
        while !stop.load(Ordering::SeqCst) {
            // Using the access token as well writes a second column of the same row.
            tokens = server.rotate(&tokens.refresh).await;
            assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
            rotations.fetch_add(1, Ordering::SeqCst);
        }
    };
    let copy = async {
        for number in 0..10 {
            let (folder, target) = (server.data.path().to_owned(), target.with_extension(number.to_string()));
            let before = rotations.load(Ordering::SeqCst);
            let said = tokio::task::spawn_blocking({
                let target = target.clone();
                move || run(latchkey(&folder).arg("backup").arg(target)).done()
            });
            let said = said.await.unwrap();
            assert!(said.contains("copy.") && said.contains("keyring.json"), "{said}");
            let generation = query(&target, "SELECT generation FROM sessions").await;
            let confirmed = query(&target, "SELECT confirmed_generation FROM sessions").await;
            assert!(generation >= i64::from(before) && (0..=1).contains(&(generation - confirmed)));
            assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        }
        stop.store(true, Ordering::SeqCst);
    };
    tokio::join!(write, copy);
    assert!(rotations.load(Ordering::SeqCst) > 10, "nothing was written meanwhile");
    let names: Vec<_> = fs::read_dir(server.data.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_str().unwrap().contains("draft")), "{names:?}");
}

#[tokio::test]
async fn backup_over_an_existing_file_is_refused() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    fs::write(folder.path().join("taken"), "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
    for name in ["taken", "link", "latchkey.db", "."] {
        let error = run(latchkey(folder.path()).args(["backup", name])).failed(1);
        assert!(error.contains("is there already"), "{error}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("taken")).unwrap(), "mine");
    assert!(!folder.path().join("nowhere").exists());
}

#[tokio::test]
async fn backup_of_a_missing_or_damaged_database_fails() {
    let folder = TempDir::new().unwrap();
    let error = run(latchkey(folder.path()).args(["backup", "copy.db"])).failed(1);
    assert!(error.contains("does not exist"), "{error}");
    start_and_stop(folder.path()).await.unwrap();
    let error = run(latchkey(folder.path()).args(["backup", "no/such/folder/copy.db"])).failed(1);
    assert!(error.contains("no/such/folder/copy.db"), "{error}");
    let postgres = ["backup", "copy.db", "--database-url", "postgres://ada:hunter2@localhost/x"];
    let error = run(latchkey(folder.path()).args(postgres)).failed(1);
    assert!(error.contains("pg_dump") && error.contains("keyring") && !error.contains("hunter2"), "{error}");
    run(latchkey(folder.path()).arg("backup")).failed(2);

    fs::write(folder.path().join("latchkey.db"), [b'x'; 4096]).unwrap();
    let error = run(latchkey(folder.path()).args(["backup", "copy.db"])).failed(1);
    assert!(error.contains("the database is damaged"), "{error}");
    assert!(!folder.path().join("copy.db").exists());
}

#[tokio::test]
async fn backup_name_with_special_characters_works() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    for name in ["file:x?mode=memory", "it's \"so\".db", "Zoë 100%.db"] {
        run(latchkey(folder.path()).args(["backup", name])).done();
        assert!(fs::metadata(folder.path().join(name)).unwrap().len() > 4096, "{name}");
    }
}
