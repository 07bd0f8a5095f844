//! Write transactions.

use super::connection::{Connection, On};
use super::error::StoreError;
use super::sqlite_writer::{Reads, SqliteTransaction};
use super::writer::Writer;
use sqlx::Postgres;

/// A write transaction. Dropped without [`commit`](Transaction::commit), it changes nothing.
pub struct Transaction(Begun);

enum Begun {
    Sqlite(SqliteTransaction),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    pub(super) async fn begin(writer: &Writer, reads: Reads) -> Result<Self, StoreError> {
        Ok(Self(match writer {
            Writer::Sqlite(writer) => Begun::Sqlite(writer.begin(reads).await?),
            Writer::Postgres(pool) => Begun::Postgres(pool.begin().await?),
        }))
    }

    /// The connection that the transaction holds, for an application that uses sqlx directly for its own tables. Begin no
    /// transaction or savepoint on it, and defer no constraints: on SQLite, other transactions may share the COMMIT.
    pub fn connection(&mut self) -> Connection<'_> {
        match &mut self.0 {
            Begun::Sqlite(transaction) => Connection::Sqlite(transaction.connection()),
            Begun::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }

    /// Discards the changes. When this has returned, what the transaction has read is committed. An answer that rests on
    /// what a transaction of [`Store::begin_shared`](super::Store::begin_shared) has read waits for this or for `commit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; what it has read may then be lost.
    pub async fn discard(self) -> Result<(), StoreError> {
        match self.0 {
            Begun::Sqlite(transaction) => transaction.discard().await,
            Begun::Postgres(transaction) => Ok(transaction.rollback().await?),
        }
    }

    /// Commits the changes. When this has returned, they survive a crash and a power cut.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it is then unknown whether the changes were committed.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Begun::Sqlite(transaction) => transaction.commit().await,
            Begun::Postgres(transaction) => Ok(transaction.commit().await?),
        }
    }
}

impl<'c> From<&'c mut Transaction> for On<'c> {
    fn from(transaction: &'c mut Transaction) -> Self {
        transaction.connection().into()
    }
}
