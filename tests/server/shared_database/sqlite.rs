//! A file without Latchkey's tables beside a keyring. On PostgreSQL, the server makes its tables.

use super::connect_to_empty;
use crate::support::start_and_stop;
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;

#[tokio::test]
async fn keyring_beside_a_foreign_database_is_a_loss_of_tables() {
    let data = TempDir::new().unwrap();
    start_and_stop(data.path()).await.unwrap();
    let mut other = connect_to_empty(data.path()).await;
    // Every program with sqlx has this table.
    other.execute("CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, checksum BLOB NOT NULL)").await.unwrap();
    other.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)").await.unwrap();
    other.close().await.unwrap();
    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("has lost its tables"), "{error}");
}
