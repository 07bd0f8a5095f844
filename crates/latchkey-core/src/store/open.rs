//! Opens the database and migrates its tables.

use super::connection::{Connection, Pool};
use super::handle::Store;
use super::open_error::OpenError;
use super::pending_work::PendingWork;
use super::shared_commit::SharedCommit;
use super::shared_read::SharedRead;
use super::writer::Writer;
use super::{migrations, postgres, sqlite};
use crate::metrics;
use sqlx::migrate::Migrator;

impl Store {
    /// Opens the database at `url` (`sqlite:` or `postgres:`) and runs the migrations. If a SQLite file was
    /// `used_before`, its tables must exist: without its write-ahead log, it can look like an empty database. PostgreSQL
    /// is not checked for that.
    ///
    /// `application` contains the migrations of the application built on Latchkey; they run after Latchkey's. An
    /// application that runs its migrations itself passes `None`.
    ///
    /// # Errors
    /// If the database cannot be reached, is damaged, or does not accept a setting that durability depends on.
    pub async fn open(url: &str, used_before: bool, application: Option<&'static Migrator>) -> Result<Self, OpenError> {
        let store = Self::connect(url, used_before, application).await?;
        match &store.writer {
            Writer::Sqlite(writer) => {
                let mut idle = writer.idle_connection().await?;
                migrations::run(&mut Connection::Sqlite(idle.get()), application).await?;
            }
            Writer::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                migrations::run(&mut Connection::Postgres(&mut connection), application).await?;
            }
        }
        Ok(store)
    }

    /// Opens a database whose tables are up to date, without running migrations.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and [`OpenError::Older`] if its tables are not up to date.
    pub async fn open_without_migrating(url: &str, application: Option<&'static Migrator>) -> Result<Self, OpenError> {
        let store = Self::connect(url, true, application).await?;
        match &store.readers {
            Pool::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                migrations::assert_current(&mut Connection::Sqlite(&mut connection), application).await?;
            }
            Pool::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                migrations::assert_current(&mut Connection::Postgres(&mut connection), application).await?;
            }
        }
        Ok(store)
    }

    async fn connect(url: &str, used_before: bool, application: Option<&'static Migrator>) -> Result<Self, OpenError> {
        let (readers, writer) = match url.split_once(':') {
            Some(("sqlite", _)) => {
                let connections = sqlite::open(url, used_before).await?;
                (Pool::Sqlite(connections.readers), Writer::Sqlite(connections.writer))
            }
            Some(("postgres" | "postgresql", _)) => {
                let pool = postgres::open(url).await?;
                (Pool::Postgres(pool.clone()), Writer::Postgres(pool))
            }
            _ => return Err(OpenError::UnknownScheme),
        };
        let write_wait = metrics::write_wait();
        let shared_commit = SharedCommit::start(writer.clone(), write_wait.clone());
        let shared_read = SharedRead::start(readers.clone());
        let pending_work = PendingWork::default();
        Ok(Self { readers, writer, application, shared_commit, shared_read, write_wait, pending_work })
    }
}
