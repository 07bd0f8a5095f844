//! Checks and copies complete SQLite databases.

use super::connection::Pool;
use super::sqlite::{assert_ours, pragma};
use super::{OpenError, Store, StoreError, statement};
use crate::clock::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::str::FromStr as _;

/// The first faults of the file; empty if there are none. The check reads every page.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn faults(store: &Store) -> Result<Vec<String>, StoreError> {
    let Pool::Sqlite(readers) = &store.readers else { return Ok(Vec::new()) };
    let mut connection = readers.acquire().await?;
    let lines = sqlx::query("PRAGMA integrity_check(3)").fetch_all(&mut *connection).await?;
    let lines = lines.iter().map(|line| line.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
    let mut faults: Vec<String> = lines.into_iter().filter(|line| line != "ok").collect();
    let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *connection).await?.len();
    if orphans > 0 {
        faults.push(format!("{orphans} rows belong to users that are not there"));
    }
    Ok(faults)
}

/// The newest time in the database.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn newest(store: &Store) -> Result<Option<Timestamp>, StoreError> {
    let newest: Option<i64> = statement(
        "SELECT MAX(at) FROM (SELECT MAX(at) AS at FROM events
                              UNION ALL SELECT MAX(last_seen_at) FROM sessions
                              UNION ALL SELECT MAX(created_at) FROM sessions
                              UNION ALL SELECT MAX(rotated_at) FROM sessions
                              UNION ALL SELECT MAX(password_changed_at) FROM users) AS times",
    )
    .value(&store.readers)
    .await?;
    Ok(newest.map(Timestamp::from_millis))
}

/// Checks every page of a file that no process has open, without changing it.
///
/// # Errors
/// [`OpenError::Damaged`], or why it cannot be read.
pub async fn examine_file(url: &str) -> Result<(), OpenError> {
    let options = SqliteConnectOptions::from_str(url)?.disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let sound = pragma(&mut connection, "PRAGMA integrity_check(1)").await? == "ok"
        && sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut connection).await?.is_none();
    connection.close().await?;
    if sound { Ok(()) } else { Err(OpenError::Damaged) }
}

/// Writes a consistent copy of the whole database into an empty file, without blocking writers. A database of any
/// version can be copied, because a backup precedes an upgrade.
///
/// # Errors
/// If the database cannot be read or the copy cannot be written.
pub async fn copy(url: &str, file: &str) -> Result<(), OpenError> {
    let options = SqliteConnectOptions::from_str(url)?.disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    assert_ours(&mut connection, true).await?;
    sqlx::query("PRAGMA busy_timeout = 5000").execute(&mut connection).await?;
    sqlx::query("VACUUM INTO $1").bind(file.to_owned()).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
