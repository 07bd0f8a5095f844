//! The connections to the database.

use super::connection::Pool;
use super::error::StoreError;
use super::pending_work::PendingWork;
use super::session_updates::Update;
use super::shared_commit::SharedCommit;
use super::shared_read::SharedRead;
use super::sqlite_writer::Reads;
use super::statement::statement;
use super::transaction::Transaction;
use super::writer::Writer;
use prometheus_client::metrics::histogram::Histogram;
use sqlx::migrate::Migrator;
use std::time::Instant;

/// The connections to the database, with the queues for shared reads and commits.
pub struct Store {
    pub(super) readers: Pool,
    pub(super) writer: Writer,
    /// The migrations of the application's tables, if it has passed any.
    pub(super) application: Option<&'static Migrator>,
    pub(super) shared_commit: SharedCommit,
    pub(super) shared_read: SharedRead,
    pub(super) write_wait: Histogram,
    pub(super) pending_work: PendingWork,
}

impl Store {
    /// Begins a write transaction; on SQLite it takes the write lock at once.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the lock is not free in time.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        self.begin_with(Reads::Committed).await
    }

    /// The same for a small, frequent transaction. On SQLite it may read what other transactions have written and not
    /// committed yet, and shares their COMMIT. So an answer that rests on what it has read must wait for
    /// [`Transaction::commit`] or [`Transaction::discard`]; dropping it is for errors of the database only.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the lock is not free in time.
    pub async fn begin_shared(&self) -> Result<Transaction, StoreError> {
        self.begin_with(Reads::Uncommitted).await
    }

    pub(super) async fn begin_with(&self, reads: Reads) -> Result<Transaction, StoreError> {
        let asked = Instant::now();
        let begun = Transaction::begin(&self.writer, reads).await;
        self.write_wait.observe(asked.elapsed().as_secs_f64());
        begun
    }

    /// The connections with which an application may read its own tables, see [`statement()`].
    pub fn readers(&self) -> &Pool {
        &self.readers
    }

    /// Executes one of the small, frequent updates. Updates that wait at the same time share a commit.
    pub(super) async fn update(&self, update: Update) -> Result<bool, StoreError> {
        self.shared_commit.carry_out(update).await
    }

    /// The work that small transactions have left for a background job.
    pub fn pending_work(&self) -> &PendingWork {
        &self.pending_work
    }

    /// How long writes have waited for the writer, including those that timed out.
    pub fn write_wait(&self) -> &Histogram {
        &self.write_wait
    }

    /// Checks that the database executes a statement and can read a page.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        statement("SELECT 1 FROM users LIMIT 1").exists(&self.readers).await?;
        Ok(())
    }

    /// Closes every connection; SQLite then moves its write-ahead log into the database file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
