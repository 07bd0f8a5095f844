//! `latchkey compact`.

use crate::support::command::{latchkey, run};
use crate::support::{Server, older, start_and_stop};
use sqlx::{AnyConnection, Connection as _, Executor as _};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

async fn query(file: &Path, question: &'static str) -> i64 {
    let url = format!("sqlite://{}?mode=rw", file.display());
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    let answer = sqlx::query_scalar(question).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    answer
}

#[tokio::test]
async fn compact_shrinks_an_older_database_without_loss() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO events (id, user_id, kind, at, detail)
             SELECT 'event-' || i, (SELECT id FROM users), 'signed_in', i, 'long-gone-detail' FROM n",
        )
        .await;
    let (path, copy) = (server.data.path().join("latchkey.db"), server.data.path().join("older.db"));
    server.app.server.database.store.close().await;
    older::copy_of_version(5, &path, &copy).await;
    fs::rename(&copy, &path).unwrap();
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&format!("sqlite://{}?mode=rw", path.display())).await.unwrap();
    connection.execute("DELETE FROM events WHERE detail = 'long-gone-detail'").await.unwrap();
    connection.close().await.unwrap();
    let before = fs::metadata(&path).unwrap().len();
    assert_eq!(query(&path, "PRAGMA auto_vacuum").await, 0);

    let (server, ended) = server.restart_after(&["compact"]).await;
    let said = ended.done();
    let after = fs::metadata(&path).unwrap().len();
    assert!(after < before / 2, "{before} {after}");
    let sizes = format!(
        "{} kB before, {} kB now",
        before / 1024,
        said.split("before, ").nth(1).unwrap().split(' ').next().unwrap()
    );
    assert!(said.contains(&sizes) && said.contains("latchkey.db"), "{said}");
    assert_eq!(query(&path, "PRAGMA auto_vacuum").await, 2);
    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(16).any(|window| window == b"long-gone-detail"), "unused pages keep nothing");
    server.rotate(&tokens.refresh).await;
}

/// SQLite's temporary copy contains every password hash, so it must not be in a folder for temporary files, whose disk
/// may keep the data.
#[tokio::test]
async fn compact_writes_no_temporary_files_elsewhere() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    let path = folder.path().join("latchkey.db");
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&format!("sqlite://{}?mode=rw", path.display())).await.unwrap();
    // More than SQLite keeps in memory.
    connection
        .execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
             INSERT INTO customers (id, name) SELECT i + 1000, hex(randomblob(500)) FROM n",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let changed = || fs::metadata(&temporary).unwrap().modified().unwrap();
    let before = changed();
    let mut command = latchkey(folder.path());
    command.env("SQLITE_TMPDIR", &temporary).env("TMPDIR", &temporary);
    run(command.arg("compact")).done();
    assert_eq!(changed(), before, "a file was made in it");
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("latchkey") || name.starts_with("etilqs")).collect();
    names.sort();
    assert_eq!(names, ["latchkey.db"]);
}

#[tokio::test]
async fn database_in_use_is_not_compacted() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    let error = server.command(&["compact"]).failed(1);
    assert!(error.contains("is in use by another Latchkey") && error.contains("stop"), "{error}");
    server.rotate(&tokens.refresh).await;
}

#[tokio::test]
async fn compact_of_a_bad_database_fails_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let error = run(latchkey(folder.path()).args(["compact", "--data-dir", "nowhere"])).failed(1);
    assert!(error.contains("does not exist"), "{error}");
    assert!(!folder.path().join("nowhere").exists(), "it makes nothing");
    let error = run(latchkey(folder.path()).args(["compact", "--database-url", "postgres://localhost/x"])).failed(1);
    assert!(error.contains("VACUUM"), "{error}");

    start_and_stop(folder.path()).await.unwrap();
    let path = folder.path().join("latchkey.db");
    let sound = fs::read(&path).unwrap();
    let mut damaged = sound.clone();
    damaged[8192..12288].fill(0xa5);
    for (content, complaint) in [(b"This is a text, and a long one.".to_vec(), "is damaged"), (damaged, "is damaged")] {
        fs::write(&path, &content).unwrap();
        let error = run(latchkey(folder.path()).arg("compact")).failed(1);
        assert!(error.contains(complaint) && error.contains("unchanged"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    fs::write(&path, sound).unwrap();
    run(latchkey(folder.path()).arg("compact")).done();
    start_and_stop(folder.path()).await.unwrap();
}

#[test]
fn compact_help_explains_when_to_use_it() {
    let folder = TempDir::new().unwrap();
    let help = run(latchkey(folder.path()).args(["compact", "--help"])).done();
    for words in [
        "Stop the server first",
        "two copies of it need room in its folder",
        "When it is useful",
        "systemctl stop latchkey",
        "PostgreSQL",
    ] {
        assert!(help.contains(words), "{words}: {help}");
    }
}
