//! The connections that write.

use super::error::StoreError;
use super::sqlite_writer::SqliteWriter;
use super::statement::{Row, Statement};
use sqlx::PgPool;

/// The connections that write: one to a SQLite file, or a pool to a PostgreSQL server.
#[derive(Clone)]
pub(super) enum Writer {
    Sqlite(SqliteWriter),
    Postgres(PgPool),
}

impl Writer {
    /// Executes a statement as a transaction of its own, and returns the first column of its rows after the commit.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn values<T>(&self, statement: Statement<'_>) -> Result<Vec<T>, StoreError>
    where
        (T,): Row,
    {
        Ok(match self {
            Self::Sqlite(writer) => statement.values(writer.idle_connection().await?.get()).await?,
            Self::Postgres(pool) => statement.values(pool).await?,
        })
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(writer) => writer.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
