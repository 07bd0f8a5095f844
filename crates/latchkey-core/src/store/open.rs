//! Opens the database. A SQLite file is checked before anything is changed, and then whether the engine accepted every
//! setting that durability depends on.

use super::earlier_record;
use super::handle::{SQLITE_BEGIN, Store};
use super::migrations;
use super::open_error::OpenError;
use super::pending_work::PendingWork;
use super::shared_commit::SharedCommit;
use super::shared_read::SharedRead;
use super::steps::{OWN_TABLE, TABLE_OF_APPLICATION};
use crate::metrics;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use std::str::FromStr as _;
use std::time::Duration;

/// How long a request waits for the database before it gets 503.
const BUSY: Duration = Duration::from_secs(5);
pub(super) const READERS: u32 = 4;

/// Settings of each writing connection. `auto_vacuum` takes effect only in an empty file and at a `VACUUM`, so it comes
/// before `journal_mode`, which writes the first page.
pub(super) const SQLITE_WRITER: &[&str] = &[
    "PRAGMA busy_timeout = 5000",
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    // Deleted rows are overwritten with zeros.
    "PRAGMA secure_delete = ON",
];

/// Limits on waiting, as with SQLite, so that a transaction that holds a lock for a long time does not block all
/// others.
const POSTGRES: &[&str] = &["SET lock_timeout = '5s'", "SET statement_timeout = '10s'"];

const SQLITE_READER: &[&str] = &["PRAGMA busy_timeout = 5000", "PRAGMA query_only = ON"];

impl Store {
    /// Opens the database at `url` (`sqlite:` or `postgres:`) and runs the migrations. If it was `used_before`, its
    /// tables must exist: without its write-ahead log, a SQLite file can look like an empty database.
    ///
    /// `application` contains the migrations of the application built on Latchkey; they run after Latchkey's. An
    /// application that runs its migrations itself passes `None`.
    ///
    /// # Errors
    /// If the database cannot be reached, is damaged, or does not accept a setting that durability depends on.
    pub async fn open(url: &str, used_before: bool, application: Option<&'static Migrator>) -> Result<Self, OpenError> {
        let store = Self::connect(url, used_before, application).await?;
        migrations::run(&mut *store.writer.acquire().await?, application).await?;
        Ok(store)
    }

    /// Opens a database whose tables are up to date, without running migrations.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and [`OpenError::Older`] if its tables are not up to date.
    pub async fn open_without_migrating(url: &str, application: Option<&'static Migrator>) -> Result<Self, OpenError> {
        let store = Self::connect(url, true, application).await?;
        migrations::assert_current(&mut *store.readers.acquire().await?, application).await?;
        Ok(store)
    }

    async fn connect(url: &str, used_before: bool, application: Option<&'static Migrator>) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let sqlite = url.starts_with("sqlite:");
        let options = AnyConnectOptions::from_str(url)?.disable_statement_logging();

        if sqlite {
            examine(&options, used_before).await?;
        }
        let pool = |size: u32, prepare: &'static [&'static str]| {
            AnyPoolOptions::new()
                .max_connections(size)
                .min_connections(1)
                .acquire_timeout(BUSY)
                // A SQLite connection is a file handle; it does not go stale like a network connection.
                .test_before_acquire(!sqlite)
                .idle_timeout(None)
                .max_lifetime(None)
                .after_release(|connection, _| Box::pin(is_sound(connection)))
                .after_connect(move |connection, _| {
                    Box::pin(async move {
                        for statement in prepare {
                            connection.execute(*statement).await?;
                        }
                        Ok(())
                    })
                })
                .connect_with(options.clone())
        };

        let (readers, writer, begin) = if sqlite {
            // The writer is opened first, because it sets the journal mode.
            let writer = pool(1, SQLITE_WRITER).await?;
            (pool(READERS, SQLITE_READER).await?, writer, SQLITE_BEGIN)
        } else {
            let pool = pool(READERS * 2, POSTGRES).await?;
            (pool.clone(), pool, "BEGIN")
        };
        if sqlite {
            assert_durable(&mut *writer.acquire().await?).await?;
        }
        let write_wait = metrics::write_wait();
        let shared_commit = SharedCommit::start(writer.clone(), begin, write_wait.clone());
        let shared_read = SharedRead::start(readers.clone());
        let pending_work = PendingWork::default();
        Ok(Self { readers, writer, begin, application, shared_commit, shared_read, write_wait, pending_work })
    }
}

/// Whether a connection that returns to the pool can be used again.
///
/// If a write fails because the disk is full or broken, SQLite rolls the transaction back itself. sqlx's own ROLLBACK
/// then fails, and sqlx still counts a transaction as open, so this connection can begin no other. It is the only
/// writer: every write would fail until a restart. Closing the connection makes the pool open a new one.
async fn is_sound(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // The rollback of a dropped transaction may be pending; it is done when the ping returns.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Checks a SQLite file through one connection, before anything is changed. (For a damaged file, a pool would retry
/// until its timeout, as for a server that is starting.)
async fn examine(options: &AnyConnectOptions, used_before: bool) -> Result<(), OpenError> {
    let mut connection = AnyConnection::connect_with(options).await?;
    assert_ours(&mut connection, used_before).await?;
    if pragma(&mut connection, "PRAGMA quick_check(1)").await? != "ok" {
        return Err(OpenError::Damaged);
    }
    for statement in SQLITE_WRITER {
        connection.execute(*statement).await?;
    }
    // A write transaction tests whether the file is writable; its permissions alone do not tell.
    connection.execute("BEGIN IMMEDIATE").await?;
    connection.execute("ROLLBACK").await?;
    connection.close().await?;
    Ok(())
}

pub(super) async fn assert_ours(connection: &mut AnyConnection, used_before: bool) -> Result<(), OpenError> {
    let names: Vec<String> =
        sqlx::query_scalar(r"SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'")
            .fetch_all(&mut *connection)
            .await?;
    let has = |table: &str| names.iter().any(|name| name == table);
    if has(OWN_TABLE) || has(TABLE_OF_APPLICATION) && earlier_record::is_in(connection).await? {
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
async fn assert_durable(writer: &mut AnyConnection) -> Result<(), OpenError> {
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
pub(super) async fn pragma(connection: &mut AnyConnection, question: &'static str) -> Result<String, sqlx::Error> {
    let row = sqlx::query(question).fetch_one(connection).await?;
    row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|number| number.to_string()))
}
