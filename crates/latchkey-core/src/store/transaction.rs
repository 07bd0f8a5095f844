//! Write transactions.

use super::connection::{Connection, On};
use super::error::StoreError;
use super::sqlite_writer::SqliteTransaction;
use super::writer::Writer;
use sqlx::Postgres;

/// A write transaction. Dropped without [`commit`](Transaction::commit), it changes nothing.
pub struct Transaction(Begun);

enum Begun {
    Sqlite(SqliteTransaction),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    pub(super) async fn begin(writer: &Writer) -> Result<Self, StoreError> {
        Ok(Self(match writer {
            Writer::Sqlite(writer) => Begun::Sqlite(writer.begin().await?),
            Writer::Postgres(pool) => Begun::Postgres(pool.begin().await?),
        }))
    }

    /// The connection that the transaction holds, for an application that uses sqlx directly for its own tables.
    pub fn connection(&mut self) -> Connection<'_> {
        match &mut self.0 {
            Begun::Sqlite(transaction) => Connection::Sqlite(transaction.connection()),
            Begun::Postgres(transaction) => Connection::Postgres(transaction),
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
