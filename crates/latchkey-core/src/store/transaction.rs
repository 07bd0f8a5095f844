//! Write transactions.

use super::connection::{Connection, Pool};
use super::error::StoreError;
use sqlx::{Postgres, Sqlite};

/// Takes the write lock at once. With the lock of a reader, which it would have to exchange for the lock of a writer, two
/// transactions could wait for each other.
pub(super) const SQLITE_BEGIN: &str = "BEGIN IMMEDIATE";

/// A write transaction. Dropped without [`commit`](Transaction::commit), it changes nothing.
pub struct Transaction(Begun);

enum Begun {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    pub(super) async fn begin(writer: &Pool) -> Result<Self, sqlx::Error> {
        Ok(Self(match writer {
            Pool::Sqlite(pool) => Begun::Sqlite(pool.begin_with(SQLITE_BEGIN).await?),
            Pool::Postgres(pool) => Begun::Postgres(pool.begin().await?),
        }))
    }

    /// The connection that the transaction holds, for an application that uses sqlx directly for its own tables.
    pub fn connection(&mut self) -> Connection<'_> {
        match &mut self.0 {
            Begun::Sqlite(transaction) => Connection::Sqlite(transaction),
            Begun::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }

    /// Commits the changes. When this has returned, they survive a crash and a power cut.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it is then unknown whether the changes were committed.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Begun::Sqlite(transaction) => transaction.commit().await?,
            Begun::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}
