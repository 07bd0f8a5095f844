//! Commits the updates of several callers in one transaction.
//!
//! A commit waits for the disk, and a server with many sessions commits many rotations. Updates that arrive during a
//! commit wait in a queue, and the next transaction contains all of them. Each caller gets its result only after the
//! commit that contains its update, so a power cut cannot undo an acknowledged update.

use super::{StoreError, Transaction};
use crate::clock::Timestamp;
use crate::ids::SessionId;
use prometheus_client::metrics::histogram::Histogram;
use sqlx::{AnyConnection, AnyPool};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// The highest number of updates in one commit, and of waiting updates. The writer commits several thousand a second,
/// so a full queue is emptied in about a second.
const LARGEST_BATCH: usize = 256;
const LONGEST_QUEUE: usize = 4096;

/// A small, frequent update: a self-contained statement whose only result is whether it found its row.
pub enum Update {
    Rotate(Rotation),
    Seen { id: SessionId, generation: u32, now: Timestamp },
}

/// Moves the head of a session from one generation to the next.
pub(crate) struct Rotation {
    pub(crate) id: SessionId,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) now: Timestamp,
    pub(crate) idle_expires_at: Timestamp,
    /// The id of the keyring's secret that tags the new head.
    pub(crate) tag_key: String,
    /// The client that presented the rotated token.
    pub(crate) ip: Option<String>,
    pub(crate) network: Option<String>,
    pub(crate) user_agent: Option<String>,
}

struct Waiting {
    update: Update,
    since: Instant,
    answer: oneshot::Sender<Result<bool, StoreError>>,
}

/// The queue of the updates that wait for the writer.
pub struct SharedCommit(mpsc::Sender<Waiting>);

impl SharedCommit {
    /// Starts the task that writes the queued updates; it ends when the queue is dropped.
    pub fn start(writer: AnyPool, begin: &'static str, wait: Histogram) -> Self {
        let (sender, queue) = mpsc::channel(LONGEST_QUEUE);
        tokio::spawn(work(queue, Writer { pool: writer, begin, wait }));
        Self(sender)
    }

    /// Executes an update. Returns after it is on the disk, and tells whether it found its row in the expected state.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], at once when the queue is full.
    pub async fn carry_out(&self, update: Update) -> Result<bool, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(Waiting { update, since: Instant::now(), answer }).map_err(|_| sqlx::Error::PoolTimedOut)?;
        answered.await.map_err(|_| sqlx::Error::PoolClosed)?
    }
}

/// Writes batches of updates.
struct Writer {
    pool: AnyPool,
    begin: &'static str,
    /// How long updates wait for the writer.
    wait: Histogram,
}

impl Writer {
    /// Records how long these updates have waited.
    fn record_waits(&self, batch: &[Waiting]) {
        batch.iter().for_each(|waiting| self.wait.observe(waiting.since.elapsed().as_secs_f64()));
    }
}

async fn work(mut queue: mpsc::Receiver<Waiting>, writer: Writer) {
    let mut batch = Vec::with_capacity(LARGEST_BATCH);
    while queue.recv_many(&mut batch, LARGEST_BATCH).await > 0 {
        match together(&batch, &writer).await {
            Ok(found) => {
                for (waiting, found) in batch.drain(..).zip(found) {
                    // The caller may have disconnected.
                    let _ = waiting.answer.send(Ok(found));
                }
            }
            Err(Failure::Database(error)) => {
                for waiting in batch.drain(..) {
                    let _ = waiting.answer.send(Err(error.clone()));
                }
            }
            // An update that fails must not fail the others, unless the database is unavailable.
            Err(Failure::OneOfThem) => {
                let mut gone = None;
                for waiting in batch.drain(..) {
                    let outcome = match &gone {
                        None => alone(&waiting.update, &writer.pool).await,
                        Some(error) => Err(StoreError::clone(error)),
                    };
                    gone = outcome.as_ref().err().filter(|error| matches!(error, StoreError::Unavailable(_))).cloned();
                    let _ = waiting.answer.send(outcome);
                }
            }
        }
    }
}

enum Failure {
    /// The transaction did not begin or commit: all updates get this error.
    Database(StoreError),
    OneOfThem,
}

async fn together(batch: &[Waiting], writer: &Writer) -> Result<Vec<bool>, Failure> {
    let database = |error: sqlx::Error| Failure::Database(error.into());
    if let [only] = batch {
        let outcome = alone(&only.update, &writer.pool).await;
        // The single statement waits for the lock as well, also if another program holds it, and is on the disk when it
        // returns.
        writer.record_waits(batch);
        return Ok(vec![outcome.map_err(Failure::Database)?]);
    }
    let begun = writer.pool.begin_with(writer.begin).await;
    writer.record_waits(batch);
    let mut tx = Transaction(begun.map_err(database)?);
    let mut found = Vec::with_capacity(batch.len());
    for waiting in batch {
        found.push(waiting.update.apply(&mut tx.0).await.map_err(|_| Failure::OneOfThem)?);
    }
    tx.commit().await.map_err(Failure::Database)?;
    Ok(found)
}

async fn alone(update: &Update, writer: &AnyPool) -> Result<bool, StoreError> {
    Ok(update.apply(&mut *writer.acquire().await?).await?)
}

impl Update {
    async fn apply(&self, connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
        let statement = match self {
            Self::Rotate(rotation) => sqlx::query(
                "UPDATE sessions SET generation = $3, rotated_at = $4, last_seen_at = $4, idle_expires_at = $5,
                     tag_key = $6, rotated_ip = $7, rotated_network = $8, rotated_user_agent = $9
                 WHERE id = $1 AND generation = $2 AND revoked_at IS NULL
                       AND epoch = (SELECT session_epoch FROM users WHERE id = sessions.user_id)",
            )
            .bind(rotation.id.to_string())
            .bind(i64::from(rotation.from))
            .bind(i64::from(rotation.to))
            .bind(rotation.now.millis())
            .bind(rotation.idle_expires_at.millis())
            .bind(rotation.tag_key.clone())
            .bind(rotation.ip.clone())
            .bind(rotation.network.clone())
            .bind(rotation.user_agent.clone()),
            Self::Seen { id, generation, now } => sqlx::query(
                "UPDATE sessions
                 SET confirmed_generation = CASE WHEN confirmed_generation < $2 THEN $2 ELSE confirmed_generation END,
                     last_seen_at = CASE WHEN last_seen_at < $3 THEN $3 ELSE last_seen_at END
                 WHERE id = $1 AND revoked_at IS NULL",
            )
            .bind(id.to_string())
            .bind(i64::from(*generation))
            .bind(now.millis()),
        };
        Ok(statement.execute(connection).await?.rows_affected() == 1)
    }
}
