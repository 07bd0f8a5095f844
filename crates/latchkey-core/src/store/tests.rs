//! Tests the settings of the connections, which no public function returns.

use super::Store;
use super::connection::Pool;
use super::sqlite::{READERS, pragma};
use sqlx::Executor as _;

#[tokio::test]
async fn every_connection_has_the_durability_settings() {
    let folder = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("latchkey.db").display());
    let store = Store::open(&url, false, None).await.unwrap();

    let (Pool::Sqlite(writers), Pool::Sqlite(reading)) = (&store.writer, &store.readers) else { panic!("not SQLite") };
    let mut writer = writers.acquire().await.unwrap();
    for (question, wanted) in [
        ("PRAGMA journal_mode", "wal"),
        ("PRAGMA synchronous", "2"),
        ("PRAGMA foreign_keys", "1"),
        ("PRAGMA secure_delete", "1"),
        ("PRAGMA auto_vacuum", "2"),
        ("PRAGMA busy_timeout", "5000"),
        ("PRAGMA query_only", "0"),
    ] {
        assert_eq!(pragma(&mut writer, question).await.unwrap(), wanted, "writer: {question}");
    }
    assert!(writers.try_acquire().is_none(), "one connection writes, and no second one");

    // Acquired all at once; otherwise the pool would return the same connection each time.
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(reading.acquire().await.unwrap());
    }
    for reader in &mut readers {
        for (question, wanted) in
            [("PRAGMA journal_mode", "wal"), ("PRAGMA query_only", "1"), ("PRAGMA busy_timeout", "5000")]
        {
            assert_eq!(pragma(reader, question).await.unwrap(), wanted, "reader: {question}");
        }
        let written = reader.execute("INSERT INTO notices (name) VALUES ('x')").await;
        assert!(written.is_err(), "a reader cannot write");
    }
}
