//! A database that has tables of another program.

mod sqlite;

use crate::support::engine::{connect, postgres};
use crate::support::{START, Server, start_and_stop};
use sqlx::{AnyConnection, Connection as _, Executor as _};
use std::path::Path;
use tempfile::TempDir;

/// A connection to the database that a server with this data folder will use. The database is empty.
async fn connect_to_empty(data: &Path) -> AnyConnection {
    for name in ["latchkey.db", "latchkey.db-wal", "latchkey.db-shm"] {
        let _ = std::fs::remove_file(data.join(name));
    }
    let mut connection = connect(data).await;
    if postgres(data).is_some() {
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
    }
    connection
}

/// What is in a database without Latchkey's tables: the bytes of the file, or the tables and indexes and the rows of this
/// table.
async fn content(data: &Path, table: &str) -> Vec<u8> {
    if postgres(data).is_none() {
        return std::fs::read(data.join("latchkey.db")).unwrap();
    }
    let query = format!(
        "SELECT (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
                 WHERE relnamespace = CAST('public' AS regnamespace))
                || COALESCE((SELECT string_agg(CAST(t AS TEXT), ' ') FROM {table} t), '')"
    );
    let mut connection = connect(data).await;
    let content: String = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    content.into_bytes()
}

#[tokio::test]
async fn tables_of_another_program_stay_beside_latchkeys() {
    let data = TempDir::new().unwrap();
    let mut other = connect_to_empty(data.path()).await;
    other.execute("CREATE TABLE recipes (id INTEGER PRIMARY KEY, name TEXT)").await.unwrap();
    other.execute("INSERT INTO recipes VALUES (1, 'soup')").await.unwrap();
    other.close().await.unwrap();

    let server = Server::on(data, START, &[]).await;
    server.register("ada").await;
    let server = server.restart(&[]).await;
    server.log_in("ada").await;
    assert_eq!(server.sql("SELECT name FROM recipes").await, "soup");
}

#[tokio::test]
async fn table_with_a_name_of_latchkeys_is_refused_unchanged() {
    let data = TempDir::new().unwrap();
    let mut other = connect_to_empty(data.path()).await;
    other.execute("CREATE TABLE sessions (id INTEGER PRIMARY KEY, theirs TEXT)").await.unwrap();
    other.execute("INSERT INTO sessions VALUES (1, 'kept')").await.unwrap();
    other.close().await.unwrap();
    let before = content(data.path(), "sessions").await;

    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("a table or an index sessions that another program made"), "{error}");
    assert!(error.contains("LATCHKEY_DATABASE_URL"), "{error}");
    assert_eq!(content(data.path(), "sessions").await, before);
}

#[tokio::test]
async fn index_with_a_name_of_latchkeys_is_refused_unchanged() {
    let data = TempDir::new().unwrap();
    let mut other = connect_to_empty(data.path()).await;
    other.execute("CREATE TABLE visits (user_id TEXT)").await.unwrap();
    other.execute("CREATE INDEX sessions_by_user ON visits (user_id)").await.unwrap();
    other.close().await.unwrap();
    let before = content(data.path(), "visits").await;
    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("sessions_by_user that another program made"), "{error}");
    assert_eq!(content(data.path(), "visits").await, before);
}
