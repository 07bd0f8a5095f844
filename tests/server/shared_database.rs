//! A database that has tables of another program.

use crate::support::{START, Server, start_and_stop};
use sqlx::{Connection as _, Executor as _};
use std::path::Path;
use tempfile::TempDir;

/// A connection to the database that a server with this data folder will use.
async fn connect(data: &Path) -> sqlx::AnyConnection {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rwc", data.join("latchkey.db").display());
    sqlx::AnyConnection::connect(&url).await.unwrap()
}

#[tokio::test]
async fn tables_of_another_program_stay_beside_latchkeys() {
    let data = TempDir::new().unwrap();
    let mut other = connect(data.path()).await;
    other.execute("CREATE TABLE recipes (id INTEGER PRIMARY KEY, name TEXT)").await.unwrap();
    other.execute("INSERT INTO recipes (name) VALUES ('soup')").await.unwrap();
    other.close().await.unwrap();

    let server = Server::on(data, START, &[]).await;
    server.register("ada").await;
    let server = server.restart(&[]).await;
    server.log_in("ada").await;
    assert_eq!(server.sql("SELECT name FROM recipes").await, "soup");
    let doctor = server.command(&["doctor"]).stdout;
    assert!(doctor.contains("recipes"), "{doctor}");
}

#[tokio::test]
async fn table_with_a_name_of_latchkeys_is_refused_unchanged() {
    let data = TempDir::new().unwrap();
    let mut other = connect(data.path()).await;
    other.execute("CREATE TABLE sessions (id INTEGER PRIMARY KEY, theirs TEXT)").await.unwrap();
    other.execute("INSERT INTO sessions (theirs) VALUES ('kept')").await.unwrap();
    other.close().await.unwrap();
    let before = std::fs::read(data.path().join("latchkey.db")).unwrap();

    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("a table or an index sessions that another program made"), "{error}");
    assert!(error.contains("LATCHKEY_DATABASE_URL"), "{error}");
    assert_eq!(std::fs::read(data.path().join("latchkey.db")).unwrap(), before);
}

#[tokio::test]
async fn keyring_beside_a_foreign_database_is_a_loss_of_tables() {
    let data = TempDir::new().unwrap();
    start_and_stop(data.path()).await.unwrap();
    for name in ["latchkey.db", "latchkey.db-wal", "latchkey.db-shm"] {
        let _ = std::fs::remove_file(data.path().join(name));
    }
    let mut other = connect(data.path()).await;
    // Every program with sqlx has this table.
    other.execute("CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, checksum BLOB NOT NULL)").await.unwrap();
    other.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)").await.unwrap();
    other.close().await.unwrap();
    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("has lost its tables"), "{error}");
}

#[tokio::test]
async fn index_with_a_name_of_latchkeys_is_refused_unchanged() {
    let data = TempDir::new().unwrap();
    let mut other = connect(data.path()).await;
    other.execute("CREATE TABLE visits (user_id TEXT)").await.unwrap();
    other.execute("CREATE INDEX sessions_by_user ON visits (user_id)").await.unwrap();
    other.close().await.unwrap();
    let before = std::fs::read(data.path().join("latchkey.db")).unwrap();
    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("sessions_by_user that another program made"), "{error}");
    assert_eq!(std::fs::read(data.path().join("latchkey.db")).unwrap(), before);
}
