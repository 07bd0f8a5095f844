//! The connection that writes to a SQLite file. Its transactions share commits.
//!
//! A commit waits for the disk, and SQLite has one writer. So a transaction that ends while others wait for the
//! connection is not committed at once: the next ones continue in the same SQLite transaction, each in a savepoint
//! (<https://sqlite.org/lang_savepoint.html>), and one COMMIT makes all of them durable. [`SqliteTransaction::commit`]
//! returns after that COMMIT, so a power cut cannot undo an acknowledged change. A transaction that fails is rolled back
//! to its savepoint, and the others are kept.
//!
//! A task that ends a transaction queues for the connection again, behind the tasks that already wait. The first such task
//! to get the connection back commits everything written so far, so no commit waits for tasks that queued later.

use super::connection::CONNECTION_TIMEOUT;
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
    /// Ends transactions that are dropped, on whatever thread.
    runtime: Handle,
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
    /// A writer that executes `settings` on each new connection. Call it in a Tokio runtime.
    pub(super) fn new(options: SqliteConnectOptions, settings: &'static [&'static str]) -> Self {
        let turns = Arc::new(Semaphore::new(1));
        let runtime = Handle::current();
        Self(Arc::new(Shared {
            runtime,
            options,
            settings,
            turns,
            state: Arc::default(),
            waiting: AtomicUsize::new(0),
        }))
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the connection or SQLite's lock is not free in time.
    pub(super) async fn begin(&self, reads: Reads) -> Result<SqliteTransaction, StoreError> {
        let turn = self.turn_in_time().await?;
        // A separate task, so that a cancelled caller cannot interrupt it between two steps. If the caller is gone, the
        // task's result is dropped, which rolls the transaction back.
        let begun = tokio::spawn(self.clone().begin_in(turn, reads));
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    async fn begin_in(self, turn: Turn, reads: Reads) -> Result<SqliteTransaction, StoreError> {
        let mut state = self.lock().await;
        if reads == Reads::Committed {
            state.commit().await;
        }
        self.connect(&mut state).await?;
        let place = if state.group.is_none() { Place::First } else { Place::Later };
        match place {
            Place::First => state.begin().await?,
            Place::Later => state.execute("SAVEPOINT member").await?,
        }
        let connection = connection_of(state)?;
        Ok(SqliteTransaction { connection, ending: Ending { writer: self, place, turn: Some(turn) } })
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

    /// Commits what has ended, and closes the connection. Later transactions fail.
    pub(super) async fn close(&self) {
        let _turn = self.turn().await;
        self.0.turns.close();
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
        timeout(CONNECTION_TIMEOUT, self.turn()).await.map_err(|_| sqlx::Error::PoolTimedOut)?
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

/// What a transaction may read of other transactions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// What is committed.
    Committed,
    /// Also what ended transactions have written and not committed yet.
    Uncommitted,
}

/// The place of a transaction in its group.
#[derive(Clone, Copy)]
enum Place {
    /// It has begun the SQLite transaction, and is alone in it.
    First,
    /// It is in a savepoint.
    Later,
}

impl State {
    /// Begins a SQLite transaction.
    async fn begin(&mut self) -> Result<(), StoreError> {
        let Some(connection) = &mut self.connection else { return Err(sqlx::Error::PoolClosed.into()) };
        // BEGIN IMMEDIATE takes the write lock at once. A transaction that reads first can fail with SQLITE_BUSY when it
        // writes, if another process has written meanwhile.
        if let Err(error) = connection.execute("BEGIN IMMEDIATE").await {
            // SQLITE_BUSY: the lock is not free. The connection is as before, and keeps its prepared statements.
            let is_busy = error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "5");
            if !is_busy {
                self.disconnect().await;
            }
            return Err(error.into());
        }
        self.group = Some(Vec::new());
        Ok(())
    }

    /// Executes a statement of the group. If it fails, closes the connection, which rolls everything back, and sends the
    /// error to every transaction of the group. SQLite itself may have rolled everything back, as it does if the disk is
    /// full or broken.
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
        self.end(End::Keep).await
    }

    /// Discards the changes. When this has returned, what the transaction has read is committed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; what it has read may then be lost.
    pub(super) async fn discard(self) -> Result<(), StoreError> {
        self.end(End::Discard).await
    }

    async fn end(self, how: End) -> Result<(), StoreError> {
        let Self { connection, mut ending } = self;
        drop(connection);
        let (ended, committed) = oneshot::channel();
        ending.start(how, Some(ended));
        committed.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }
}

/// Ends a transaction, once.
struct Ending {
    writer: SqliteWriter,
    place: Place,
    /// `None` after the start.
    turn: Option<Turn>,
}

impl Ending {
    /// Starts a task, so that a caller that gives up cannot interrupt it. Its first statement is on its way to SQLite's
    /// thread when this returns.
    fn start(&mut self, how: End, ended: Option<Ended>) {
        let Some(turn) = self.turn.take() else { return };
        let runtime = self.writer.0.runtime.clone();
        // For Tokio's types that are used before the task runs.
        let _entered = runtime.enter();
        let mut task = Box::pin(end(self.writer.clone(), turn, self.place, how, ended));
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

/// Ends a transaction. Commits at once if no task waits or the group is full; otherwise queues for the permit again, and
/// commits when it gets it. `ended` gets the outcome of the COMMIT.
async fn end(writer: SqliteWriter, turn: Turn, place: Place, how: End, ended: Option<Ended>) {
    let mut state = writer.lock().await;
    let group = state.group.get_or_insert_default();
    group.extend(ended);
    let commits_later = group.len() < LARGEST_GROUP && writer.0.waiting.load(Ordering::Relaxed) > 0;
    let statement = match (place, how, commits_later) {
        // It is alone in the SQLite transaction.
        (Place::First, End::Discard, _) => Some("ROLLBACK"),
        (Place::First, End::Keep, true) => None,
        (Place::Later, End::Keep, true) => Some("RELEASE member"),
        (Place::Later, End::Discard, true) => Some("ROLLBACK TO member; RELEASE member"),
        (_, End::Keep, false) => Some("COMMIT"),
        (Place::Later, End::Discard, false) => Some("ROLLBACK TO member; COMMIT"),
    };
    if let Some(statement) = statement
        && state.execute(statement).await.is_err()
    {
        return;
    }
    if commits_later && !matches!((place, how), (Place::First, End::Discard)) {
        drop((state, turn));
        let Ok(_turn) = writer.turn().await else { return };
        writer.lock().await.commit().await;
    } else {
        state.answer(&Ok(()));
    }
}
