//! The connection that writes to a SQLite file, and the SQLite transaction that is open on it.

use super::error::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};
use tokio::sync::oneshot;

/// Where the outcome of a COMMIT is sent.
pub(super) type OutcomeSender = oneshot::Sender<Result<(), StoreError>>;

/// The connection and the ended transactions that wait for its next COMMIT.
#[derive(Default)]
pub(super) struct Group {
    /// `None` before the first use and after a failure.
    pub(super) connection: Option<SqliteConnection>,
    /// The ended transactions in the open SQLite transaction; `None` if none is open.
    pub(super) ended: Option<Vec<OutcomeSender>>,
}

impl Group {
    /// Opens the connection if it is not open, and executes `settings` on it.
    pub(super) async fn connect(
        &mut self,
        options: &SqliteConnectOptions,
        settings: &[&'static str],
    ) -> Result<(), StoreError> {
        if self.connection.is_none() {
            let mut connection = SqliteConnection::connect_with(options).await?;
            for setting in settings {
                connection.execute(*setting).await?;
            }
            self.connection = Some(connection);
        }
        Ok(())
    }

    /// Begins a SQLite transaction with this statement.
    pub(super) async fn begin(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let Some(connection) = &mut self.connection else { return Err(sqlx::Error::PoolClosed.into()) };
        if let Err(error) = connection.execute(statement).await {
            // SQLITE_BUSY: the lock is not free. The connection is as before, and keeps its prepared statements.
            let is_busy = error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "5");
            if !is_busy {
                self.disconnect().await;
            }
            return Err(error.into());
        }
        self.ended = Some(Vec::new());
        Ok(())
    }

    /// Executes a statement in the open SQLite transaction. If it fails, closes the connection, which rolls everything
    /// back, and sends the error to every ended transaction. SQLite itself may have rolled everything back, as it does if
    /// the disk is full or broken.
    pub(super) async fn execute(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let Some(connection) = &mut self.connection else { return Err(sqlx::Error::PoolClosed.into()) };
        if let Err(error) = connection.execute(statement).await {
            let error = StoreError::from(error);
            self.disconnect().await;
            self.finish(&Err(error.clone()));
            return Err(error);
        }
        Ok(())
    }

    /// Ends the open SQLite transaction, if there is one, with this statement, and sends the outcome.
    pub(super) async fn end(&mut self, statement: &'static str) {
        if self.ended.is_some() && self.execute(statement).await.is_ok() {
            self.finish(&Ok(()));
        }
    }

    fn finish(&mut self, outcome: &Result<(), StoreError>) {
        for sender in self.ended.take().into_iter().flatten() {
            // The caller may have gone.
            let _ = sender.send(outcome.clone());
        }
    }

    /// Closes the connection, which rolls back what is not committed.
    pub(super) async fn disconnect(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if let Err(error) = connection.close().await {
            tracing::warn!(%error, "closing a connection to the database failed");
        }
    }
}
