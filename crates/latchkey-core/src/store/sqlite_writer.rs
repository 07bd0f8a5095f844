//! The connection that writes to a SQLite file. Its transactions share commits.
//!
//! A commit waits for the disk, and SQLite has one writer. So a transaction that ends while others wait for the
//! connection is not committed at once: the next ones continue in the same SQLite transaction, each in a savepoint
//! (<https://sqlite.org/lang_savepoint.html>), and one COMMIT makes all of them durable. [`SqliteTransaction::commit`]
//! returns after that COMMIT, so a power cut cannot undo an acknowledged change. A transaction that fails is rolled back
//! to its savepoint, and the others are kept.
//!
//! Who ends a transaction queues for the connection again, behind those that wait already. The first of them to get it
//! back commits what has been written so far. So nothing waits for transactions that begin later.

use super::connection::BUSY;
use super::error::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

/// The highest number of transactions in one commit.
const LARGEST_GROUP: usize = 64;

/// The writing connection, which one task at a time uses.
#[derive(Clone)]
pub(super) struct SqliteWriter(Arc<Shared>);

struct Shared {
    options: SqliteConnectOptions,
    settings: &'static [&'static str],
    /// The task that has the permit may lock the state.
    turns: Arc<Semaphore>,
    state: Arc<Mutex<State>>,
    /// How many tasks wait for the permit.
    waiting: AtomicUsize,
}

#[derive(Default)]
struct State {
    /// `None` before the first use and after a failure.
    connection: Option<SqliteConnection>,
    /// The ended transactions that wait for the COMMIT of the open SQLite transaction; `None` if none is open.
    group: Option<Vec<Ended>>,
}

/// Where the outcome of the COMMIT is sent.
type Ended = oneshot::Sender<Result<(), StoreError>>;

/// The right to use the connection, until it is dropped.
type Turn = OwnedSemaphorePermit;

impl SqliteWriter {
    /// A writer that executes `settings` on each new connection.
    pub(super) fn new(options: SqliteConnectOptions, settings: &'static [&'static str]) -> Self {
        let turns = Arc::new(Semaphore::new(1));
        Self(Arc::new(Shared { options, settings, turns, state: Arc::default(), waiting: AtomicUsize::new(0) }))
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the connection or SQLite's lock is not free in time.
    pub(super) async fn begin(&self) -> Result<SqliteTransaction, StoreError> {
        let turn = self.turn_in_time().await?;
        // In a task of its own, so that a caller that gives up cannot interrupt it between two steps. The transaction is
        // dropped then, and so rolled back.
        let begun = tokio::spawn(self.clone().begin_in(turn));
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    async fn begin_in(self, turn: Turn) -> Result<SqliteTransaction, StoreError> {
        let mut state = self.lock().await;
        self.connect(&mut state).await?;
        // Takes the write lock at once. With the lock of a reader, which it would have to exchange for the lock of a
        // writer, two transactions could wait for each other.
        let statement = if state.group.is_none() { "BEGIN IMMEDIATE; SAVEPOINT member" } else { "SAVEPOINT member" };
        state.execute(statement).await?;
        state.group.get_or_insert_default();
        let connection = connection_of(state)?;
        Ok(SqliteTransaction { connection, ending: Ending { writer: self, turn: Some(turn) } })
    }

    /// The connection outside a transaction. Transactions that have ended are committed before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the connection is not free in time.
    pub(super) async fn alone(&self) -> Result<Alone, StoreError> {
        let writer = self.clone();
        let turn = self.turn_in_time().await?;
        let ready = tokio::spawn(async move {
            let mut state = writer.lock().await;
            state.commit().await;
            writer.connect(&mut state).await?;
            Ok(Alone { connection: connection_of(state)?, _turn: turn })
        });
        ready.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    pub(super) async fn close(&self) {
        let _turn = self.turn().await;
        let mut state = self.lock().await;
        state.commit().await;
        state.disconnect().await;
    }

    async fn connect(&self, state: &mut State) -> Result<(), StoreError> {
        if state.connection.is_none() {
            let mut connection = SqliteConnection::connect_with(&self.0.options).await?;
            for setting in self.0.settings {
                connection.execute(*setting).await?;
            }
            state.connection = Some(connection);
        }
        Ok(())
    }

    /// How many tasks wait for the connection.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// Waits for the permit.
    async fn turn(&self) -> Result<Turn, StoreError> {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.0.waiting);
        Ok(Arc::clone(&self.0.turns).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?)
    }

    async fn turn_in_time(&self) -> Result<Turn, StoreError> {
        timeout(BUSY, self.turn()).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    async fn lock(&self) -> OwnedMutexGuard<State> {
        Arc::clone(&self.0.state).lock_owned().await
    }
}

/// Counts a waiting task until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl State {
    /// Executes a statement of the group. If it fails, SQLite may have rolled everything back, as it does if the disk is
    /// full or broken: all transactions of the group get the error.
    async fn execute(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let Some(connection) = &mut self.connection else { return Err(sqlx::Error::PoolClosed.into()) };
        if let Err(error) = connection.execute(statement).await {
            let error = StoreError::from(error);
            self.disconnect().await;
            self.answer(&Err(error.clone()));
            return Err(error);
        }
        Ok(())
    }

    /// Commits the open SQLite transaction, if there is one, and answers the transactions in it.
    async fn commit(&mut self) {
        if self.group.is_some() && self.execute("COMMIT").await.is_ok() {
            self.answer(&Ok(()));
        }
    }

    fn answer(&mut self, outcome: &Result<(), StoreError>) {
        for ended in self.group.take().into_iter().flatten() {
            // The caller may have gone.
            let _ = ended.send(outcome.clone());
        }
    }

    /// Closes the connection, which rolls back what is not committed.
    async fn disconnect(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if let Err(error) = connection.close().await {
            tracing::warn!(%error, "closing a connection to the database failed");
        }
    }
}

type HeldConnection = OwnedMappedMutexGuard<State, SqliteConnection>;

fn connection_of(state: OwnedMutexGuard<State>) -> Result<HeldConnection, sqlx::Error> {
    OwnedMutexGuard::try_map(state, |state| state.connection.as_mut()).map_err(|_| sqlx::Error::PoolClosed)
}

/// The writing connection outside a transaction.
pub(super) struct Alone {
    connection: HeldConnection,
    _turn: Turn,
}

impl Alone {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

/// A transaction. Dropped without [`commit`](Self::commit), it changes nothing.
pub(super) struct SqliteTransaction {
    // Dropped first, because `ending` needs the connection.
    connection: HeldConnection,
    ending: Ending,
}

impl SqliteTransaction {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Commits the changes, possibly together with those of others.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; it is then unknown whether the changes were committed.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let Self { connection, mut ending } = self;
        drop(connection);
        let (ended, committed) = oneshot::channel();
        ending.start(End::Keep, Some(ended));
        committed.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }
}

/// Ends a transaction, once.
struct Ending {
    writer: SqliteWriter,
    /// `None` after the start.
    turn: Option<Turn>,
}

impl Ending {
    /// Starts a task, so that a caller that gives up cannot interrupt it. Its first statement is on its way to SQLite's
    /// thread when this returns.
    fn start(&mut self, how: End, ended: Option<Ended>) {
        // Without a runtime, the program ends: the connection is closed, and SQLite rolls everything back.
        let (Some(turn), Ok(runtime)) = (self.turn.take(), Handle::try_current()) else { return };
        let mut task = Box::pin(end(self.writer.clone(), turn, how, ended));
        if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            runtime.spawn(task);
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.start(End::Discard, None);
    }
}

/// What becomes of the changes of a transaction.
#[derive(Clone, Copy)]
enum End {
    Keep,
    Discard,
}

/// Ends a transaction. Commits the group if no other transaction waits, and otherwise when the turn comes round again.
/// `ended` gets the outcome of the COMMIT.
async fn end(writer: SqliteWriter, turn: Turn, how: End, ended: Option<Ended>) {
    let mut state = writer.lock().await;
    let others_wait = writer.0.waiting.load(Ordering::Relaxed) > 0;
    let group = state.group.get_or_insert_default();
    group.extend(ended);
    if others_wait && group.len() < LARGEST_GROUP {
        let statement = match how {
            End::Keep => "RELEASE member",
            End::Discard => "ROLLBACK TO member; RELEASE member",
        };
        if state.execute(statement).await.is_ok() {
            drop((state, turn));
            let Ok(_turn) = writer.turn().await else { return };
            writer.lock().await.commit().await;
        }
        return;
    }
    let statement = match how {
        End::Keep => "COMMIT",
        End::Discard => "ROLLBACK TO member; COMMIT",
    };
    if state.execute(statement).await.is_ok() {
        state.answer(&Ok(()));
    }
}
