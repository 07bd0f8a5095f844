//! Reads the sessions of several requests with one statement.
//!
//! Every protected request reads its session. The read takes a few microseconds, but the round trip to the database's
//! thread takes ten times as long. So requests that arrive during one read share the next. Each gets the state of the
//! database after its arrival. Nothing is cached between reads, so the next request sees a revocation, whichever
//! process wrote it.

use super::StoreError;
use super::connection::Pool;
use super::session_row::SessionRow;
use super::statement;
use crate::ids::SessionId;
use std::sync::LazyLock;
use tokio::sync::{mpsc, oneshot};

/// The numbers of ids in a statement. There are few, because each one needs its own prepared statement.
const SIZES: [usize; 6] = [1, 2, 4, 8, 16, 32];
const MAX_BATCH: usize = 32;
const MAX_QUEUE: usize = 4096;

const SELECT: &str = "SELECT s.id, s.user_id, s.secret, s.generation, s.confirmed_generation, s.rotated_at, \
     s.created_at, s.last_seen_at, s.idle_expires_at, s.absolute_expires_at, s.revoked_at, s.revoke_reason, \
     s.remember, s.tag_key, s.valid_from_generation, s.retired_secrets, s.rotated_network, s.rotated_user_agent, \
     u.username, u.display_name, u.roles, u.fields, u.disabled_at, \
     CASE WHEN s.epoch < u.session_epoch THEN COALESCE((SELECT b.reason FROM bulk_revocations b \
     WHERE b.user_id = s.user_id AND b.epoch = s.epoch), 'other') END AS bulk_reason \
     FROM sessions s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL WHERE s.id IN";

struct Waiting {
    id: SessionId,
    answer: oneshot::Sender<Result<Option<SessionRow>, StoreError>>,
}

/// The queue of the requests that wait for a read.
pub struct SharedRead(mpsc::Sender<Waiting>);

impl SharedRead {
    /// Starts the task that reads the queued sessions; it ends when the queue is dropped.
    pub fn start(readers: Pool) -> Self {
        let (sender, queue) = mpsc::channel(MAX_QUEUE);
        tokio::spawn(work(queue, readers));
        Self(sender)
    }

    /// The session with this id.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], at once when the queue is full.
    pub async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(Waiting { id, answer }).map_err(|_| sqlx::Error::PoolTimedOut)?;
        answered.await.map_err(|_| sqlx::Error::PoolClosed)?
    }
}

async fn work(mut queue: mpsc::Receiver<Waiting>, readers: Pool) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while queue.recv_many(&mut batch, MAX_BATCH).await > 0 {
        let found = read(&batch, &readers).await;
        for waiting in batch.drain(..) {
            let one = match &found {
                Ok(rows) => Ok(rows.iter().find(|row| row.id == waiting.id).cloned()),
                // A damaged row fails only the request for that session, not the others in the same read.
                Err(StoreError::Damaged(_)) => {
                    read(std::slice::from_ref(&waiting), &readers).await.map(|rows| rows.into_iter().next())
                }
                Err(error) => Err(error.clone()),
            };
            // The caller may have disconnected.
            let _ = waiting.answer.send(one);
        }
    }
}

/// The statements for each of [`SIZES`].
static STATEMENTS: LazyLock<[String; 6]> = LazyLock::new(|| SIZES.map(select));

fn select(ids: usize) -> String {
    let places: Vec<_> = (1..=ids).map(|place| format!("${place}")).collect();
    format!("{SELECT} ({})", places.join(", "))
}

async fn read(batch: &[Waiting], readers: &Pool) -> Result<Vec<SessionRow>, StoreError> {
    let fitting = SIZES.iter().zip(STATEMENTS.iter()).find(|(size, _)| **size >= batch.len());
    let (Some((size, select)), Some(last)) = (fitting, batch.last()) else {
        return Ok(Vec::new());
    };
    let filled_up = batch.iter().chain(std::iter::repeat(last)).take(*size);
    let query = statement(select);
    Ok(filled_up.fold(query, |query, waiting| query.bind(waiting.id)).rows(readers).await?)
}
