//! Write transactions on SQLite, which has one writer. The small, frequent ones share commits.
//!
//! A commit waits for the disk. So a [shared](Reads::Uncommitted) transaction that ends while others wait for the
//! connection is not committed at once: the next shared ones continue in the same SQLite transaction, each in a savepoint
//! (<https://sqlite.org/lang_savepoint.html>), and one COMMIT makes all of them durable. [`SqliteTransaction::commit`]
//! returns after that COMMIT, so a power cut cannot undo an acknowledged change. A transaction that is discarded is rolled
//! back to its savepoint, and the others are kept.
//!
//! A task that ends a shared transaction queues for the connection again, behind the tasks that already wait. The first
//! such task to get the connection back commits everything written so far, so no commit waits for tasks that queued later.

use super::connection::CONNECTION_TIMEOUT;
use super::error::StoreError;
use super::sqlite_group::{Group, OutcomeSender};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

/// The highest number of transactions in one commit.
const MAX_GROUP: usize = 64;

/// The writing connection, which one task at a time uses.
#[derive(Clone)]
pub(super) struct SqliteWriter(Arc<Shared>);

struct Shared {
    /// Ends transactions that are dropped, on whatever thread.
    runtime: Handle,
    options: SqliteConnectOptions,
    settings: &'static [&'static str],
    /// The task that has the permit may lock the group.
    permits: Arc<Semaphore>,
    group: Arc<Mutex<Group>>,
    /// How many tasks wait for the permit.
    waiting: AtomicUsize,
}

/// What a transaction may read of other transactions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// What is committed. The transaction shares no COMMIT.
    Committed,
    /// Also what ended transactions have written and not committed yet. The transaction may share their COMMIT.
    Uncommitted,
}

impl SqliteWriter {
    /// A writer that executes `settings` on each new connection. Call it in a Tokio runtime.
    pub(super) fn new(options: SqliteConnectOptions, settings: &'static [&'static str]) -> Self {
        Self(Arc::new(Shared {
            runtime: Handle::current(),
            options,
            settings,
            permits: Arc::new(Semaphore::new(1)),
            group: Arc::default(),
            waiting: AtomicUsize::new(0),
        }))
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the connection or SQLite's lock is not free in time.
    pub(super) async fn begin(&self, reads: Reads) -> Result<SqliteTransaction, StoreError> {
        let permit = self.permit_in_time().await?;
        // A separate task, so that a cancelled caller cannot interrupt it between two steps. If the caller is gone, the
        // task's result is dropped, which rolls the transaction back.
        let begun = tokio::spawn(self.clone().begin_with(permit, reads));
        begun.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    async fn begin_with(self, permit: OwnedSemaphorePermit, reads: Reads) -> Result<SqliteTransaction, StoreError> {
        let mut group = self.lock().await;
        if reads == Reads::Committed {
            group.end("COMMIT").await;
        }
        group.connect(&self.0.options, self.0.settings).await?;
        // BEGIN IMMEDIATE takes the write lock at once. A transaction that reads first can fail with SQLITE_BUSY when it
        // writes, if another process has written meanwhile.
        match (reads, &group.ended) {
            (Reads::Committed, _) => group.begin("BEGIN IMMEDIATE").await?,
            (Reads::Uncommitted, None) => group.begin("BEGIN IMMEDIATE; SAVEPOINT shared").await?,
            (Reads::Uncommitted, Some(_)) => group.execute("SAVEPOINT shared").await?,
        }
        let connection = connection_of(group)?;
        Ok(SqliteTransaction { connection, end: EndOnDrop { writer: self, reads, permit: Some(permit) } })
    }

    /// The connection outside a transaction. Transactions that have ended are committed before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the connection is not free in time.
    pub(super) async fn idle_connection(&self) -> Result<IdleConnection, StoreError> {
        let writer = self.clone();
        let permit = self.permit_in_time().await?;
        let ready = tokio::spawn(async move {
            let mut group = writer.lock().await;
            group.end("COMMIT").await;
            group.connect(&writer.0.options, writer.0.settings).await?;
            Ok(IdleConnection { connection: connection_of(group)?, _permit: permit })
        });
        ready.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// Commits what has ended, and closes the connection. Later transactions fail.
    pub(super) async fn close(&self) {
        let _permit = self.permit().await;
        self.0.permits.close();
        let mut group = self.lock().await;
        group.end("COMMIT").await;
        group.disconnect().await;
    }

    /// How many tasks wait for the connection.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.0.waiting);
        Ok(Arc::clone(&self.0.permits).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?)
    }

    async fn permit_in_time(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        timeout(CONNECTION_TIMEOUT, self.permit()).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    async fn lock(&self) -> OwnedMutexGuard<Group> {
        Arc::clone(&self.0.group).lock_owned().await
    }
}

/// Counts a waiting task until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

type HeldConnection = OwnedMappedMutexGuard<Group, SqliteConnection>;

fn connection_of(group: OwnedMutexGuard<Group>) -> Result<HeldConnection, sqlx::Error> {
    OwnedMutexGuard::try_map(group, |group| group.connection.as_mut()).map_err(|_| sqlx::Error::PoolClosed)
}

/// The writing connection outside a transaction.
pub(super) struct IdleConnection {
    connection: HeldConnection,
    _permit: OwnedSemaphorePermit,
}

impl IdleConnection {
    pub(super) fn get(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

/// A transaction. Dropped without [`commit`](Self::commit), it changes nothing.
pub(super) struct SqliteTransaction {
    // Dropped first, because `end` needs the connection.
    connection: HeldConnection,
    end: EndOnDrop,
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
        self.end(Changes::Keep).await
    }

    /// Discards the changes. When this has returned, what the transaction has read is committed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; what it has read may then be lost.
    pub(super) async fn discard(self) -> Result<(), StoreError> {
        self.end(Changes::Discard).await
    }

    async fn end(self, changes: Changes) -> Result<(), StoreError> {
        let Self { connection, mut end } = self;
        drop(connection);
        let (sender, outcome) = oneshot::channel();
        end.start(changes, Some(sender));
        outcome.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }
}

/// What becomes of the changes of a transaction.
#[derive(Clone, Copy)]
enum Changes {
    Keep,
    Discard,
}

/// Ends a transaction once, at the latest when it is dropped.
struct EndOnDrop {
    writer: SqliteWriter,
    reads: Reads,
    /// `None` after the start.
    permit: Option<OwnedSemaphorePermit>,
}

impl EndOnDrop {
    /// Starts a task, so that a caller that gives up cannot interrupt it. Its first statement is on its way to SQLite's
    /// thread when this returns.
    fn start(&mut self, changes: Changes, sender: Option<OutcomeSender>) {
        let Some(permit) = self.permit.take() else { return };
        let runtime = self.writer.0.runtime.clone();
        // For Tokio's types that are used before the task runs.
        let _entered = runtime.enter();
        let writer = self.writer.clone();
        let mut task: Pin<Box<dyn Future<Output = ()> + Send>> = match self.reads {
            Reads::Committed => Box::pin(end_alone(writer, permit, changes, sender)),
            Reads::Uncommitted => Box::pin(end_shared(writer, permit, changes, sender)),
        };
        if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            runtime.spawn(task);
        }
    }
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.start(Changes::Discard, None);
    }
}

/// Ends a transaction that shares no COMMIT.
async fn end_alone(
    writer: SqliteWriter,
    _permit: OwnedSemaphorePermit,
    changes: Changes,
    sender: Option<OutcomeSender>,
) {
    let mut group = writer.lock().await;
    group.ended.get_or_insert_default().extend(sender);
    let statement = match changes {
        Changes::Keep => "COMMIT",
        Changes::Discard => "ROLLBACK",
    };
    group.end(statement).await;
}

/// Ends a shared transaction. Commits at once if no task waits or the group is full; otherwise queues for the permit again,
/// and commits when it gets it.
async fn end_shared(
    writer: SqliteWriter,
    permit: OwnedSemaphorePermit,
    changes: Changes,
    sender: Option<OutcomeSender>,
) {
    let mut group = writer.lock().await;
    let ended = group.ended.get_or_insert_default();
    let is_alone = ended.is_empty();
    ended.extend(sender);
    let is_last = ended.len() >= MAX_GROUP || writer.0.waiting.load(Ordering::Relaxed) == 0;
    if is_alone && matches!(changes, Changes::Discard) {
        return group.end("ROLLBACK").await;
    }
    // If SQLite has rolled everything back by itself, the savepoint is missing, and each of these statements fails.
    if is_last {
        return match changes {
            Changes::Keep => group.end("RELEASE shared; COMMIT").await,
            Changes::Discard => group.end("ROLLBACK TO shared; COMMIT").await,
        };
    }
    let statement = match changes {
        Changes::Keep => "RELEASE shared",
        Changes::Discard => "ROLLBACK TO shared; RELEASE shared",
    };
    if group.execute(statement).await.is_err() {
        return;
    }
    drop((group, permit));
    // Closing the writer commits as well.
    let Ok(_permit) = writer.permit().await else { return };
    writer.lock().await.end("COMMIT").await;
}
