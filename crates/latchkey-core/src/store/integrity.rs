//! Checks and copies complete SQLite databases.

use super::open::{assert_ours, pragma};
use super::{OpenError, Store, StoreError};
use crate::clock::Timestamp;
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _, Row as _};
use std::str::FromStr as _;

/// The first faults of the file; empty if there are none. The check reads every page.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn faults(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut connection = store.readers.acquire().await?;
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
    let newest: Option<i64> = sqlx::query_scalar(
        "SELECT MAX(at) FROM (SELECT MAX(at) AS at FROM events
                              UNION ALL SELECT MAX(last_seen_at) FROM sessions
                              UNION ALL SELECT MAX(created_at) FROM sessions
                              UNION ALL SELECT MAX(rotated_at) FROM sessions
                              UNION ALL SELECT MAX(password_changed_at) FROM users) AS times",
    )
    .fetch_one(&store.readers)
    .await?;
    Ok(newest.map(Timestamp::from_millis))
}

/// Checks every page of a file that no process has open, without changing it.
///
/// # Errors
/// [`OpenError::Damaged`], or why it cannot be read.
pub async fn examine_file(url: &str) -> Result<(), OpenError> {
    sqlx::any::install_default_drivers();
    let options = AnyConnectOptions::from_str(url)?.disable_statement_logging();
    let mut connection = AnyConnection::connect_with(&options).await?;
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
    sqlx::any::install_default_drivers();
    let options = AnyConnectOptions::from_str(url)?.disable_statement_logging();
    let mut connection = AnyConnection::connect_with(&options).await?;
    assert_ours(&mut connection, true).await?;
    sqlx::query("PRAGMA busy_timeout = 5000").execute(&mut connection).await?;
    sqlx::query("VACUUM INTO $1").bind(file.to_owned()).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
