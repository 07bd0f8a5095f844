//! Tests the settings of the connections, and the commits that transactions share.

use super::connection::Pool;
use super::sqlite::{READERS, pragma};
use super::sqlite_writer::Reads;
use super::writer::Writer;
use super::{Store, Transaction, statement};
use futures::FutureExt as _;
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinHandle;

#[tokio::test]
async fn every_connection_has_the_durability_settings() {
    let (_folder, store) = open().await;

    let (Writer::Sqlite(writers), Pool::Sqlite(reading)) = (&store.writer, &store.readers) else {
        panic!("not SQLite")
    };
    let mut idle = writers.idle_connection().await.unwrap();
    let writer = idle.get();
    for (question, wanted) in [
        ("PRAGMA journal_mode", "wal"),
        ("PRAGMA synchronous", "2"),
        ("PRAGMA foreign_keys", "1"),
        ("PRAGMA secure_delete", "1"),
        ("PRAGMA auto_vacuum", "2"),
        ("PRAGMA busy_timeout", "5000"),
        ("PRAGMA query_only", "0"),
    ] {
        assert_eq!(pragma(writer, question).await.unwrap(), wanted, "writer: {question}");
    }

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

/// Three transactions that begin one after the other: each waits until the one before has ended.
async fn three_in_a_row(store: &Arc<Store>) -> (Transaction, [JoinHandle<Transaction>; 2]) {
    let first = store.begin_shared().await.unwrap();
    let begin = |store: Arc<Store>| tokio::spawn(async move { store.begin_shared().await.unwrap() });
    let Writer::Sqlite(writer) = &store.writer else { panic!("not SQLite") };
    let second = begin(store.clone());
    until(|| writer.waiting() == 1).await;
    let third = begin(store.clone());
    until(|| writer.waiting() == 2).await;
    (first, [second, third])
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

async fn add(tx: &mut Transaction, name: &str) {
    statement("INSERT INTO notices (name) VALUES ($1)").bind(name).execute(tx).await.unwrap();
}

async fn added(store: &Store) -> Vec<String> {
    statement("SELECT name FROM notices ORDER BY name").values(&store.readers).await.unwrap()
}

async fn open() -> (TempDir, Arc<Store>) {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("latchkey.db").display());
    (folder, Arc::new(Store::open(&url, false, None).await.unwrap()))
}

#[tokio::test]
async fn transactions_that_wait_share_one_commit() {
    let (_folder, store) = open().await;
    let (mut first, [second, third]) = three_in_a_row(&store).await;
    add(&mut first, "first").await;
    let mut first = tokio::spawn(first.commit());
    let mut second = second.await.unwrap();
    add(&mut second, "second").await;
    assert!((&mut first).now_or_never().is_none() && added(&store).await.is_empty(), "not committed yet");
    let mut second = tokio::spawn(second.commit());
    let mut third = third.await.unwrap();
    add(&mut third, "third").await;
    assert!((&mut second).now_or_never().is_none() && added(&store).await.is_empty(), "not committed yet");
    third.commit().await.unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(added(&store).await, ["first", "second", "third"]);
}

#[tokio::test]
async fn dropped_transaction_changes_nothing_and_keeps_the_others() {
    let (_folder, store) = open().await;
    let (mut first, [second, third]) = three_in_a_row(&store).await;
    add(&mut first, "first").await;
    let first = tokio::spawn(first.commit());
    let mut second = second.await.unwrap();
    add(&mut second, "second").await;
    drop(second);
    drop(third.await.unwrap());
    first.await.unwrap().unwrap();
    assert_eq!(added(&store).await, ["first"]);
}

/// SQLite rolls the whole transaction back if the disk is full or broken.
#[tokio::test]
async fn rollback_by_sqlite_fails_every_transaction_of_the_group() {
    let (_folder, store) = open().await;
    let (mut first, [second, third]) = three_in_a_row(&store).await;
    add(&mut first, "first").await;
    let first = tokio::spawn(first.commit());
    let mut second = second.await.unwrap();
    statement("ROLLBACK").execute(&mut second).await.unwrap();
    second.commit().await.unwrap_err();
    first.await.unwrap().unwrap_err();
    let mut third = third.await.unwrap();
    add(&mut third, "third").await;
    third.commit().await.unwrap();
    assert_eq!(added(&store).await, ["third"]);
}

/// A caller that gives up while its transaction begins leaves no transaction open.
#[tokio::test]
async fn abandoned_begin_releases_the_writer() {
    let (_folder, store) = open().await;
    let (first, [second, third]) = three_in_a_row(&store).await;
    second.abort();
    let first = tokio::spawn(first.commit());
    let mut third = third.await.unwrap();
    add(&mut third, "third").await;
    third.commit().await.unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(added(&store).await, ["third"]);
}

/// Another process may wait for the lock while this one does not poll its tasks.
#[tokio::test]
async fn dropped_transaction_releases_the_lock_at_once() {
    let (folder, store) = open().await;
    drop(store.begin().await.unwrap());
    let url = format!("sqlite://{}?mode=rw", folder.path().join("latchkey.db").display());
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            connection.execute("BEGIN IMMEDIATE").await.map(drop)
        })
    });
    other.join().unwrap().unwrap();
}

/// Otherwise a request could be answered by what a crash undoes.
#[tokio::test]
async fn discard_waits_until_what_it_has_read_is_committed() {
    let (_folder, store) = open().await;
    let (mut first, [second, third]) = three_in_a_row(&store).await;
    add(&mut first, "first").await;
    let first = tokio::spawn(first.commit());
    let mut second = second.await.unwrap();
    assert!(statement("SELECT 1 FROM notices").exists(&mut second).await.unwrap());
    let mut discarded = tokio::spawn(second.discard());
    let third = third.await.unwrap();
    assert!((&mut discarded).now_or_never().is_none() && added(&store).await.is_empty(), "not committed yet");
    third.commit().await.unwrap();
    discarded.await.unwrap().unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(added(&store).await, ["first"]);
}

#[tokio::test]
async fn transaction_that_is_not_shared_reads_only_what_is_committed() {
    let (_folder, store) = open().await;
    let mut first = store.begin_shared().await.unwrap();
    let Writer::Sqlite(writer) = &store.writer else { panic!("not SQLite") };
    let waits = tokio::spawn({
        let store = store.clone();
        async move { store.begin().await.unwrap() }
    });
    until(|| writer.waiting() == 1).await;
    add(&mut first, "first").await;
    let first = tokio::spawn(first.commit());
    let second = waits.await.unwrap();
    assert_eq!(added(&store).await, ["first"]);
    first.await.unwrap().unwrap();
    drop(second);
}

#[tokio::test]
async fn transaction_dropped_outside_the_runtime_changes_nothing() {
    let (_folder, store) = open().await;
    let mut dropped = store.begin().await.unwrap();
    add(&mut dropped, "dropped").await;
    std::thread::spawn(move || drop(dropped)).join().unwrap();
    let mut next = store.begin().await.unwrap();
    add(&mut next, "next").await;
    next.commit().await.unwrap();
    assert_eq!(added(&store).await, ["next"]);
}

#[tokio::test]
async fn transaction_after_the_close_fails() {
    let (_folder, store) = open().await;
    store.close().await;
    assert!(store.begin().await.is_err());
}

/// A caller that ignores an error of a statement must not get an acknowledgement for what SQLite has rolled back.
#[tokio::test]
async fn commit_after_a_rollback_by_sqlite_fails() {
    let (_folder, store) = open().await;
    for reads in [Reads::Committed, Reads::Uncommitted] {
        let mut first = store.begin_with(reads).await.unwrap();
        let Writer::Sqlite(writer) = &store.writer else { panic!("not SQLite") };
        let waits = tokio::spawn({
            let store = store.clone();
            async move { store.begin_shared().await.unwrap() }
        });
        until(|| writer.waiting() == 1).await;
        add(&mut first, "first").await;
        statement("ROLLBACK").execute(&mut first).await.unwrap();
        let first = tokio::spawn(first.commit());
        let mut second = waits.await.unwrap();
        add(&mut second, "second").await;
        second.commit().await.unwrap();
        first.await.unwrap().unwrap_err();
        assert_eq!(added(&store).await, ["second"]);
        let mut last = store.begin().await.unwrap();
        statement("DELETE FROM notices").execute(&mut last).await.unwrap();
        last.commit().await.unwrap();
    }
}
