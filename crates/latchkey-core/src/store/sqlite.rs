//! Opens a SQLite file: checks it, applies the settings, and verifies that SQLite accepted those that durability depends on.

use super::connection::{CONNECTION_TIMEOUT, Connection};
use super::earlier_record;
use super::migrations;
use super::open_error::OpenError;
use super::sqlite_writer::SqliteWriter;
use super::steps::{OWN_TABLE, TABLE_OF_APPLICATION};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};
use std::str::FromStr as _;

/// The number of connections that read.
pub(super) const READERS: u32 = 4;

/// Settings of each writing connection. `auto_vacuum` takes effect only in an empty file and at a `VACUUM`, so it comes
/// before `journal_mode`, which writes the first page.
pub(super) const WRITER: &[&str] = &[
    "PRAGMA busy_timeout = 5000",
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    // Deleted rows are overwritten with zeros.
    "PRAGMA secure_delete = ON",
];

const READER: &[&str] = &["PRAGMA busy_timeout = 5000", "PRAGMA query_only = ON"];

/// The connections to a file.
pub(super) struct Connections {
    pub(super) readers: SqlitePool,
    /// One connection: writers wait for it in order, and do not compete for the lock of the database.
    pub(super) writer: SqliteWriter,
}

/// Opens the file at `url`.
///
/// # Errors
/// [`OpenError::Damaged`], [`OpenError::Emptied`], [`OpenError::NameTaken`], [`OpenError::ReadOnly`],
/// [`OpenError::Locked`] or [`OpenError::Unsafe`].
pub(super) async fn open(url: &str, used_before: bool) -> Result<Connections, OpenError> {
    let options = SqliteConnectOptions::from_str(url)?.disable_statement_logging();
    examine(&options, used_before).await?;
    let writer = SqliteWriter::new(options.clone().create_if_missing(false), WRITER);
    assert_durable(writer.idle_connection().await?.get()).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .min_connections(1)
        .acquire_timeout(CONNECTION_TIMEOUT)
        // A connection is a file handle; it does not go stale like a network connection.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(|connection, _| {
            Box::pin(async move {
                for setting in READER {
                    connection.execute(*setting).await?;
                }
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    Ok(Connections { readers, writer })
}

/// Checks a file, then applies the settings and tests that it is writable. It uses one connection: for a damaged file, a
/// pool would retry until its timeout.
async fn examine(options: &SqliteConnectOptions, used_before: bool) -> Result<(), OpenError> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    assert_ours(&mut connection, used_before).await?;
    if pragma(&mut connection, "PRAGMA quick_check(1)").await? != "ok" {
        return Err(OpenError::Damaged);
    }
    for setting in WRITER {
        connection.execute(*setting).await?;
    }
    // A write transaction tests whether the file is writable; its permissions alone do not tell.
    connection.execute("BEGIN IMMEDIATE").await?;
    connection.execute("ROLLBACK").await?;
    connection.close().await?;
    Ok(())
}

/// Checks that the file has Latchkey's tables, or that it was never used and its names are free.
///
/// # Errors
/// [`OpenError::Emptied`], [`OpenError::NameTaken`].
pub(super) async fn assert_ours(connection: &mut SqliteConnection, used_before: bool) -> Result<(), OpenError> {
    let names: Vec<String> =
        sqlx::query_scalar(r"SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'")
            .fetch_all(&mut *connection)
            .await?;
    let has = |table: &str| names.iter().any(|name| name == table);
    if has(OWN_TABLE) || has(TABLE_OF_APPLICATION) && earlier_record::is_in(&mut Connection::Sqlite(connection)).await?
    {
        return Ok(());
    }
    // A database may have tables of other programs, but one that Latchkey has used must have Latchkey's as well.
    if used_before {
        return Err(OpenError::Emptied);
    }
    match migrations::NAMES.into_iter().find(|own| names.iter().any(|name| name.eq_ignore_ascii_case(own))) {
        Some(name) => Err(OpenError::NameTaken { name }),
        None => Ok(()),
    }
}

/// Checks that the engine accepted the settings that durability depends on.
async fn assert_durable(writer: &mut SqliteConnection) -> Result<(), OpenError> {
    for (question, wanted) in [
        ("PRAGMA journal_mode", "wal"),
        ("PRAGMA synchronous", "2"),
        ("PRAGMA foreign_keys", "1"),
        ("PRAGMA secure_delete", "1"),
        ("PRAGMA busy_timeout", "5000"),
    ] {
        let answer = pragma(writer, question).await?;
        if answer != wanted {
            return Err(OpenError::Unsafe { question, answer, wanted });
        }
    }
    Ok(())
}

/// Reads a pragma as text. SQLite returns a number for some pragmas and text for others.
pub(super) async fn pragma(connection: &mut SqliteConnection, question: &'static str) -> Result<String, sqlx::Error> {
    let row = sqlx::query(question).fetch_one(connection).await?;
    row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|number| number.to_string()))
}
