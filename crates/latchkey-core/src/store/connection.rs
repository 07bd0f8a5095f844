//! Connections to SQLite or PostgreSQL.

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use std::time::Duration;

/// How long a task waits for a free connection; a request then gets 503.
pub(super) const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// A pool of connections to the database. An application may use the pool of its database with sqlx directly.
#[derive(Clone)]
pub enum Pool {
    /// Connections to a SQLite file.
    Sqlite(SqlitePool),
    /// Connections to a PostgreSQL server.
    Postgres(PgPool),
}

impl Pool {
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection that is borrowed.
pub enum Connection<'c> {
    /// To SQLite.
    Sqlite(&'c mut SqliteConnection),
    /// To PostgreSQL.
    Postgres(&'c mut PgConnection),
}

impl Connection<'_> {
    /// The same connection for one more statement.
    pub fn reborrow(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

/// Where a statement is executed: on a free connection of a pool, or on a given connection.
pub enum On<'c> {
    /// A free connection of this pool.
    SqlitePool(&'c SqlitePool),
    /// This connection.
    Sqlite(&'c mut SqliteConnection),
    /// A free connection of this pool.
    PostgresPool(&'c PgPool),
    /// This connection.
    Postgres(&'c mut PgConnection),
}

impl<'c> From<&'c Pool> for On<'c> {
    fn from(pool: &'c Pool) -> Self {
        match pool {
            Pool::Sqlite(pool) => Self::SqlitePool(pool),
            Pool::Postgres(pool) => Self::PostgresPool(pool),
        }
    }
}

impl<'c> From<&'c PgPool> for On<'c> {
    fn from(pool: &'c PgPool) -> Self {
        Self::PostgresPool(pool)
    }
}

impl<'c> From<Connection<'c>> for On<'c> {
    fn from(connection: Connection<'c>) -> Self {
        match connection {
            Connection::Sqlite(connection) => Self::Sqlite(connection),
            Connection::Postgres(connection) => Self::Postgres(connection),
        }
    }
}

impl<'c> From<&'c mut Connection<'_>> for On<'c> {
    fn from(connection: &'c mut Connection<'_>) -> Self {
        connection.reborrow().into()
    }
}

impl<'c> From<&'c mut SqliteConnection> for On<'c> {
    fn from(connection: &'c mut SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}
