//! The room that SQLite's files take, and what is left in them of deleted rows. PostgreSQL does this by itself.

use super::open::{SQLITE_WRITER, assert_ours, pragma};
use super::{OpenError, Store, StoreError};
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use std::path::Path;
use std::str::FromStr as _;

/// How SQLite names the mode of `auto_vacuum` in which unused pages are given back on request.
const INCREMENTAL: &str = "2";

/// Gives up to a hundred unused pages back to the file system; answers whether it did. A file that was made before
/// `auto_vacuum` was set keeps its pages until `latchkey compact`. The file becomes shorter with the next checkpoint.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn free_some_pages(store: &Store) -> Result<bool, StoreError> {
    if !store.is_sqlite() {
        return Ok(false);
    }
    let mut writer = store.writer.acquire().await?;
    if pragma(&mut writer, "PRAGMA auto_vacuum").await? != INCREMENTAL
        || pragma(&mut writer, "PRAGMA freelist_count").await? == "0"
    {
        return Ok(false);
    }
    sqlx::query("PRAGMA incremental_vacuum(100)").fetch_all(&mut *writer).await?;
    Ok(true)
}

/// How the file uses its room.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Bytes of pages that hold nothing.
    pub unused: i64,
    /// Whether such pages are given back as time goes by.
    pub gives_back: bool,
}

/// How the file uses its room; `None` for PostgreSQL.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn usage(store: &Store) -> Result<Option<Usage>, StoreError> {
    if !store.is_sqlite() {
        return Ok(None);
    }
    let mut reader = store.readers.acquire().await?;
    let mut ask = async |question| -> Result<i64, StoreError> {
        Ok(pragma(&mut reader, question).await?.parse().unwrap_or_default())
    };
    let unused = ask("PRAGMA freelist_count").await? * ask("PRAGMA page_size").await?;
    let gives_back = pragma(&mut reader, "PRAGMA auto_vacuum").await? == INCREMENTAL;
    Ok(Some(Usage { unused, gives_back }))
}

/// Up to this size the file is written anew after a deletion: it takes about a quarter of a second, during which other
/// writes wait.
const SMALL: i64 = 16 * 1024 * 1024;

/// Writes a small database anew. `secure_delete` overwrites rows where they are deleted, but not the copies that SQLite
/// leaves in the unused part of a page when it moves entries of an index to another page: about one deletion in ten
/// left the user's id in one, and it could be a name. A larger database keeps them until `latchkey compact`.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn rewrite_if_small(store: &Store) -> Result<(), StoreError> {
    if !store.is_sqlite() {
        return Ok(());
    }
    let mut writer = store.writer.acquire().await?;
    let mut ask = async |question| -> Result<i64, StoreError> {
        Ok(pragma(&mut writer, question).await?.parse().unwrap_or(SMALL))
    };
    if ask("PRAGMA page_count").await?.saturating_mul(ask("PRAGMA page_size").await?) <= SMALL {
        // Not in a temporary file, whose blocks would keep what is not deleted.
        writer.execute("PRAGMA temp_store = MEMORY").await?;
        writer.execute("VACUUM").await?;
    }
    Ok(())
}

/// Moves everything from the write-ahead log into the database file and empties the log, so that neither holds what has
/// been deleted; answers whether it could. It cannot while another program reads, such as a backup: try again later.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn empty_log(store: &Store) -> Result<bool, StoreError> {
    if !store.is_sqlite() {
        return Ok(true);
    }
    // Most of the work, beside the writer. The rest holds the writer, and must not wait for a reader for long.
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_all(&store.readers).await?;
    let mut writer = store.writer.acquire().await?;
    writer.execute("PRAGMA busy_timeout = 100").await?;
    let outcome = truncate(&mut writer).await;
    writer.execute("PRAGMA busy_timeout = 5000").await?;
    Ok(outcome?)
}

async fn truncate(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    Ok(row.try_get::<i64, _>(0)? == 0)
}

/// Writes the whole database anew, without unused pages and without what is left in them, and so that pages that become
/// unused later can be given back. Nothing else may have it open. Any version's database will do.
///
/// SQLite puts a copy into a temporary file, which no other program can open and which is gone with the process. A disk
/// for temporary files, such as that of /var/tmp, must not keep the bytes of password hashes; so `folder` is the
/// database's own.
///
/// # Errors
/// If the database is not one of Latchkey's, if another program reads it, or if its folder has less room than two
/// copies need. The rows are then unchanged.
pub async fn compact(url: &str, folder: &Path) -> Result<(), OpenError> {
    sqlx::any::install_default_drivers();
    let options = AnyConnectOptions::from_str(url)?.disable_statement_logging();
    let mut connection = AnyConnection::connect_with(&options).await?;
    assert_ours(&mut connection, true).await?;
    if pragma(&mut connection, "PRAGMA quick_check(1)").await? != "ok" {
        return Err(OpenError::Damaged);
    }
    for statement in SQLITE_WRITER {
        connection.execute(*statement).await?;
    }
    let folder = folder.to_string_lossy().replace('\'', "''");
    let place = format!("PRAGMA temp_store_directory = '{folder}'");
    sqlx::query(AssertSqlSafe(place)).execute(&mut connection).await?;
    // Before anything is changed: this finds a program that reads.
    if !truncate(&mut connection).await? {
        return Err(OpenError::Locked);
    }
    connection.execute("VACUUM").await?;
    if !truncate(&mut connection).await? {
        return Err(OpenError::Locked);
    }
    Ok(connection.close().await?)
}
