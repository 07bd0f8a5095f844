//! The database's file: its mode, its content and its unused pages. On PostgreSQL, the tables are not compared.

use super::{finds, lines};
use crate::support::command::{latchkey, run};
use crate::support::{Server, older, start_and_stop};
use sqlx::{Connection as _, Executor as _};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

#[tokio::test]
async fn doctor_finds_bad_modes_and_damaged_files() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let set = |name: &str, mode| fs::set_permissions(path(name), Permissions::from_mode(mode)).unwrap();
    start_and_stop(folder.path()).await.unwrap();

    set("latchkey.db", 0o644);
    finds(folder.path(), "other users of this machine can read");
    set("latchkey.db", 0o600);
    set("keyring.json", 0o640);
    finds(folder.path(), "chmod 600");
    set("keyring.json", 0o600);
    set(".", 0o777);
    finds(folder.path(), "chmod 700");
    set(".", 0o700);
    assert_eq!(lines(folder.path(), "problem", &[]), (0, vec![]));

    let keyring = fs::read(path("keyring.json")).unwrap();
    fs::write(path("keyring.json"), "{}").unwrap();
    finds(folder.path(), "keyring.json is damaged");
    fs::write(path("keyring.json"), keyring).unwrap();

    let database = fs::read(path("latchkey.db")).unwrap();
    fs::remove_file(path("latchkey.db")).unwrap();
    finds(folder.path(), "is missing");
    let mut damaged = database.clone();
    damaged[8192..12288].fill(0xa5);
    fs::write(path("latchkey.db"), damaged).unwrap();
    set("latchkey.db", 0o600);
    finds(folder.path(), "damaged");
    fs::write(path("latchkey.db"), "").unwrap();
    finds(folder.path(), "is empty");
    fs::write(path("latchkey.db"), database).unwrap();
    assert_eq!(lines(folder.path(), "problem", &[]), (0, vec![]));
}

#[tokio::test]
async fn doctor_checks_files_outside_the_data_folder() {
    let (folder, open) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    start_and_stop(folder.path()).await.unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(open.path(), Permissions::from_mode(0o777)).unwrap();
    for (setting, name) in [("--database-url=sqlite:", "latchkey.db"), ("--keyring=", "keyring.json")] {
        fs::copy(folder.path().join(name), open.path().join(name)).unwrap();
        let elsewhere = format!("{setting}{}", open.path().join(name).display());
        let (code, problems) = lines(folder.path(), "problem", &[&elsewhere]);
        assert_eq!(code, 1, "{elsewhere}");
        assert!(problems.iter().any(|found| found.contains(open.path().to_str().unwrap())), "{problems:?}");
        let (code, problems) = lines(folder.path(), "problem", &[]);
        assert_eq!((code, problems), (0, vec![]), "what is not used does not matter");
    }
}

#[tokio::test]
async fn missing_keyring_beside_bad_database_is_not_called_new() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    fs::remove_file(folder.path().join("keyring.json")).unwrap();
    fs::write(folder.path().join("latchkey.db"), "no database").unwrap();
    let (_, warnings) = lines(folder.path(), "warning", &[]);
    assert!(warnings.iter().any(|warning| warning.contains("sessions may need it")), "{warnings:?}");
}

#[tokio::test]
async fn doctor_warns_of_a_file_with_many_unused_pages() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    let (path, copy) = (server.data.path().join("latchkey.db"), server.data.path().join("older.db"));
    let data = server.stop().await;
    older::copy_of_version(5, &path, &copy).await;
    fs::rename(&copy, &path).unwrap();
    start_and_stop(data.path()).await.unwrap();
    let url = format!("sqlite://{}?mode=rw", path.display());
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    for statement in ["CREATE TABLE big AS SELECT zeroblob(12000000) AS bytes", "DROP TABLE big"] {
        connection.execute(statement).await.unwrap();
    }
    connection.close().await.unwrap();
    let (_, warnings) = lines(data.path(), "warning", &[]);
    assert!(warnings.iter().any(|warning| warning.contains("latchkey compact")), "{warnings:?}");
    run(latchkey(data.path()).arg("compact")).done();
    let (_, warnings) = lines(data.path(), "warning", &[]);
    assert!(!warnings.iter().any(|warning| warning.contains("latchkey compact")), "{warnings:?}");
}

#[tokio::test]
async fn row_without_its_user_is_found() {
    let server = Server::today(&[]).await;
    server
        .tamper("PRAGMA foreign_keys = OFF; INSERT INTO events (id, user_id, kind, at) VALUES ('x', 'y', 'z', 1)")
        .await;
    finds(server.data.path(), "1 rows belong to users that are not there");
}

#[tokio::test]
async fn missing_index_is_found_and_other_tables_are_listed() {
    let server = Server::today(&[]).await;
    fs::set_permissions(server.data.path(), Permissions::from_mode(0o700)).unwrap();
    server.tamper("CREATE TABLE notes (id TEXT)").await;
    let (code, fine) = lines(server.data.path(), "ok", &[]);
    assert_eq!(code, 0, "{fine:?}");
    assert!(fine.iter().any(|line| line.starts_with("tables:") && line.contains("notes")), "{fine:?}");
    server.tamper("DROP INDEX events_by_time").await;
    finds(server.data.path(), "the index events_by_time is missing");
}
