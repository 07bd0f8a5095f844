//! Returns unused space of SQLite's files to the file system, and removes the bytes of deleted rows from them.
//! PostgreSQL reuses its space by itself.

use super::connection::Pool;
use super::sqlite::{WRITER, assert_ours, pragma};
use super::writer::Writer;
use super::{OpenError, Store, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use std::path::Path;
use std::str::FromStr as _;

/// The value of `auto_vacuum` with which SQLite returns unused pages on request.
const INCREMENTAL: &str = "2";

/// Returns up to a hundred unused pages to the file system; returns whether there were any. A file from before
/// `auto_vacuum` was set keeps its pages until `latchkey compact`. The next checkpoint truncates the file.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn free_some_pages(store: &Store) -> Result<bool, StoreError> {
    let Writer::Sqlite(writer) = &store.writer else { return Ok(false) };
    let mut idle = writer.idle_connection().await?;
    let writer = idle.get();
    if pragma(writer, "PRAGMA auto_vacuum").await? != INCREMENTAL
        || pragma(writer, "PRAGMA freelist_count").await? == "0"
    {
        return Ok(false);
    }
    sqlx::query("PRAGMA incremental_vacuum(100)").fetch_all(writer).await?;
    Ok(true)
}

/// The unused space of the file.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Bytes of unused pages.
    pub unused: i64,
    /// Whether pruning returns such pages to the file system.
    pub gives_back: bool,
}

/// The unused space of the file; `None` for PostgreSQL.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn usage(store: &Store) -> Result<Option<Usage>, StoreError> {
    let Pool::Sqlite(readers) = &store.readers else { return Ok(None) };
    let mut reader = readers.acquire().await?;
    let mut ask = async |question| -> Result<i64, StoreError> {
        Ok(pragma(&mut reader, question).await?.parse().unwrap_or_default())
    };
    let unused = ask("PRAGMA freelist_count").await? * ask("PRAGMA page_size").await?;
    let gives_back = pragma(&mut reader, "PRAGMA auto_vacuum").await? == INCREMENTAL;
    Ok(Some(Usage { unused, gives_back }))
}

/// In bytes. A file up to this size is rewritten after an account deletion, which blocks other writes for up to about a
/// quarter of a second.
const SMALL: i64 = 16 * 1024 * 1024;

/// Rewrites a small database. `secure_delete` overwrites deleted rows, but not the copies that SQLite leaves in the
/// unused part of a page when it moves index entries to another page: about one deletion in ten left the user's id in
/// such a copy, and it could also leave a name. A larger database keeps such copies until `latchkey compact`.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn rewrite_if_small(store: &Store) -> Result<(), StoreError> {
    let Writer::Sqlite(writer) = &store.writer else { return Ok(()) };
    let mut idle = writer.idle_connection().await?;
    let writer = idle.get();
    let mut ask =
        async |question| -> Result<i64, StoreError> { Ok(pragma(writer, question).await?.parse().unwrap_or(SMALL)) };
    if ask("PRAGMA page_count").await?.saturating_mul(ask("PRAGMA page_size").await?) <= SMALL {
        // In memory, because the blocks of a temporary file would keep the data.
        writer.execute("PRAGMA temp_store = MEMORY").await?;
        writer.execute("VACUUM").await?;
    }
    Ok(())
}

/// Moves everything from the write-ahead log into the database file and empties the log, so that the log contains no
/// deleted data; returns whether it succeeded. It fails while another program reads the database, such as a backup: try
/// again later.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn empty_log(store: &Store) -> Result<bool, StoreError> {
    let (Pool::Sqlite(readers), Writer::Sqlite(writer)) = (&store.readers, &store.writer) else { return Ok(true) };
    // This does most of the work without blocking the writer. The rest blocks it, so it must not wait long for a
    // reader.
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_all(readers).await?;
    let mut idle = writer.idle_connection().await?;
    let writer = idle.get();
    writer.execute("PRAGMA busy_timeout = 100").await?;
    let outcome = truncate(writer).await;
    writer.execute("PRAGMA busy_timeout = 5000").await?;
    Ok(outcome?)
}

async fn truncate(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    Ok(row.try_get::<i64, _>(0)? == 0)
}

/// Rewrites the whole database without unused pages and the data in them, and with `auto_vacuum`, so that later unused
/// pages can be returned. No other program may have it open. The database may be of any version.
///
/// SQLite writes a copy to a temporary file, which no other program can open and which is deleted with the process. The
/// disk of /var/tmp must not keep bytes of password hashes, so the temporary file is in `folder`, the database's own.
///
/// # Errors
/// If the database is not one of Latchkey's, if another program reads it, or if its folder has no space for two copies.
/// The rows are then unchanged.
pub async fn compact(url: &str, folder: &Path) -> Result<(), OpenError> {
    let options = SqliteConnectOptions::from_str(url)?.disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    assert_ours(&mut connection, true).await?;
    if pragma(&mut connection, "PRAGMA quick_check(1)").await? != "ok" {
        return Err(OpenError::Damaged);
    }
    for statement in WRITER {
        connection.execute(*statement).await?;
    }
    let folder = folder.to_string_lossy().replace('\'', "''");
    let place = format!("PRAGMA temp_store_directory = '{folder}'");
    sqlx::query(AssertSqlSafe(place)).execute(&mut connection).await?;
    // Truncating the log before any change detects another program that reads the database.
    if !truncate(&mut connection).await? {
        return Err(OpenError::Locked);
    }
    connection.execute("VACUUM").await?;
    if !truncate(&mut connection).await? {
        return Err(OpenError::Locked);
    }
    Ok(connection.close().await?)
}
