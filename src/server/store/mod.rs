//! Every SQL statement, and nothing but SQL statements; `migrations/` holds the tables they speak of.
//!
//! One set of SQL serves SQLite and PostgreSQL, through sqlx's `Any` driver. On SQLite there is one connection that
//! writes and several that read, so writers queue here, in order, instead of colliding in the engine. Functions take
//! `&Store` where they read on their own and a [`Transaction`] where they are a step of a bigger change.

pub mod bulk_revocations;
pub mod customers;
pub mod deleted_users;
pub mod ended_sessions;
pub mod event_limit;
pub mod events;
mod leftovers;
pub mod login_failures;
pub mod notices;
mod open;
pub mod schema;
pub mod session_lists;
pub mod session_revocations;
pub mod sessions;
mod shared_commit;
mod shared_read;
pub mod sign_ins;
pub mod soundness;
pub mod space;
#[cfg(test)]
mod tests;
pub mod usernames;
pub mod users;
pub mod usual_places;
mod version;

pub use leftovers::Leftovers;
pub use open::OpenError;

use prometheus_client::metrics::histogram::Histogram;
use shared_commit::{SharedCommit, Update};
use shared_read::SharedRead;
use sqlx::{Any, AnyPool};
use std::sync::Arc;
use std::time::Instant;

/// The database behind the server.
pub struct Store {
    readers: AnyPool,
    writer: AnyPool,
    begin: &'static str,
    shared_commit: SharedCommit,
    shared_read: SharedRead,
    write_wait: Histogram,
    leftovers: Leftovers,
}

/// A write transaction. Dropped without [`commit`](Transaction::commit), it changes nothing.
pub struct Transaction(sqlx::Transaction<'static, Any>);

/// What a statement can fail with. Many callers may be told of one failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique value exists already.
    #[error("a unique value is taken")]
    Taken,
    /// Locked, full, read-only, unreadable, unreachable: trying again later is safe, and may work. "Malformed" is among
    /// these, because SQLite reports it also when a read fails with an I/O error (SQLITE_IOERR_CORRUPTFS).
    #[error("the database cannot do this now: {0}")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// A row holds what this program never writes.
    #[error("the database holds a damaged value: {0}")]
    Damaged(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Taken,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Unavailable(Arc::new(error)),
        }
    }
}

impl Store {
    /// Begins a write transaction; on SQLite it holds the write lock from its first moment.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the lock is not to be had in time.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        let asked = Instant::now();
        let begun = self.writer.begin_with(self.begin).await;
        self.write_wait.observe(asked.elapsed().as_secs_f64());
        Ok(Transaction(begun?))
    }

    /// Carries out one of the small, frequent updates; callers that wait at the same time share the commit.
    async fn update(&self, update: Update) -> Result<bool, StoreError> {
        self.shared_commit.carry_out(update).await
    }

    /// What small transactions have left for the job that finishes it.
    pub fn leftovers(&self) -> &Leftovers {
        &self.leftovers
    }

    fn is_sqlite(&self) -> bool {
        self.begin == open::SQLITE_BEGIN
    }

    /// How long writes have waited until the writer was free; those that gave up count as well.
    pub fn write_wait(&self) -> &Histogram {
        &self.write_wait
    }

    /// Checks that the database answers and that a page of its file can be read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it gives none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1 FROM users LIMIT 1").fetch_optional(&self.readers).await?;
        Ok(())
    }

    /// Closes every connection; SQLite folds its write-ahead log into the database file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Transaction {
    /// Makes the changes last: once this returns, they survive a crash and a power cut.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; whether the changes were kept is then unknown, as with any lost answer.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}
