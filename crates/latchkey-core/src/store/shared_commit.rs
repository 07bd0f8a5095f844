//! Commits the updates of several callers with one statement.
//!
//! A commit waits for the disk, and a server with many sessions commits many rotations. Updates that arrive during a
//! commit wait in a queue, and the next statement carries out up to 256 of them, one for each session: one round trip to
//! the database and one commit. Each caller gets its result only after the commit that contains its update, so a power cut cannot
//! undo an acknowledged update.

use super::StoreError;
use super::session_updates::{self, Update};
use super::writer::Writer;
use prometheus_client::metrics::histogram::Histogram;
use std::collections::{HashSet, VecDeque};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// The highest number of updates in one commit.
const MAX_BATCH: usize = 256;

/// The highest number of queued updates. The writer commits several thousand a second, so a full queue is emptied in about
/// a second.
const MAX_QUEUE: usize = 4096;

/// How many times a batch is tried if PostgreSQL rolls it back because of another transaction.
const TRIES: u32 = 5;

struct Waiting {
    update: Update,
    since: Instant,
    answer: oneshot::Sender<Result<bool, StoreError>>,
}

/// The queue of the updates that wait for the writer.
pub struct SharedCommit(mpsc::Sender<Waiting>);

impl SharedCommit {
    /// Starts the task that writes the queued updates; it ends when the queue is dropped. `wait` records
    /// the time from queueing an update to its outcome.
    pub fn start(writer: Writer, wait: Histogram) -> Self {
        let (sender, queue) = mpsc::channel(MAX_QUEUE);
        tokio::spawn(work(queue, writer, wait));
        Self(sender)
    }

    /// Executes an update. Returns after it is on the disk, and returns whether it found its row in the expected state.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], at once when the queue is full.
    pub async fn carry_out(&self, update: Update) -> Result<bool, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(Waiting { update, since: Instant::now(), answer }).map_err(|_| sqlx::Error::PoolTimedOut)?;
        answered.await.map_err(|_| sqlx::Error::PoolClosed)?
    }
}

async fn work(mut queue: mpsc::Receiver<Waiting>, writer: Writer, wait: Histogram) {
    let mut received = Vec::with_capacity(MAX_BATCH);
    let mut waiting = VecDeque::new();
    loop {
        // Updates that were left over from the last batch do not wait for others, and others do not wait for them.
        if waiting.is_empty() && queue.recv_many(&mut received, MAX_BATCH).await == 0 {
            return;
        }
        while waiting.len() + received.len() < 2 * MAX_BATCH
            && let Ok(update) = queue.try_recv()
        {
            received.push(update);
        }
        waiting.extend(received.drain(..));
        let batch = take_batch(&mut waiting);
        let outcomes = carry_out_all(&batch, &writer).await;
        for (waiting, outcome) in batch.into_iter().zip(outcomes) {
            wait.observe(waiting.since.elapsed().as_secs_f64());
            // The caller may have disconnected.
            let _ = waiting.answer.send(outcome);
        }
    }
}

/// Takes the first update of each session, because a statement changes a row only once; the others stay, in their order.
fn take_batch(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let mut sessions = HashSet::new();
    let (batch, later) = waiting.drain(..).partition(|waiting: &Waiting| sessions.insert(waiting.update.id()));
    *waiting = later;
    VecDeque::into(batch)
}

/// Carries out the updates in one commit, or each in its own if the database rejects the values of one. Returns the
/// outcome of each.
async fn carry_out_all(batch: &[Waiting], writer: &Writer) -> Vec<Result<bool, StoreError>> {
    let updates: Vec<&Update> = batch.iter().map(|waiting| &waiting.update).collect();
    match execute_batch(&updates, writer).await {
        Ok(found) => found.into_iter().map(Ok).collect(),
        // The database rejected the values of one update: try each alone, so that the others succeed.
        Err(error) if batch.len() > 1 && concerns_one_row(&error) => {
            let mut outcomes = Vec::with_capacity(batch.len());
            for update in updates {
                let outcome = execute_batch(&[update], writer).await;
                outcomes.push(outcome.map(|found| found == [true]));
            }
            outcomes
        }
        Err(error) => batch.iter().map(|_| Err(error.clone())).collect(),
    }
}

async fn execute_batch(updates: &[&Update], writer: &Writer) -> Result<Vec<bool>, StoreError> {
    let mut tries = 1;
    loop {
        match session_updates::carry_out(updates, writer).await {
            Err(error) if tries < TRIES && is_conflict(&error) => tries += 1,
            outcome => return outcome,
        }
    }
}

/// Whether PostgreSQL rolled the statement back because of another transaction (SQLSTATE 40001
/// `serialization_failure`, 40P01 `deadlock_detected`): the same statement can succeed.
fn is_conflict(error: &StoreError) -> bool {
    code_of(error).is_some_and(|code| matches!(code.as_str(), "40001" | "40P01"))
}

/// Whether the error is about values, and not about the database: PostgreSQL's SQLSTATE classes 22 and 23 and errors that
/// a trigger raises, and SQLite's constraints (SQLITE_CONSTRAINT, which a trigger raises as well).
fn concerns_one_row(error: &StoreError) -> bool {
    let Some(code) = code_of(error) else { return matches!(error, StoreError::Taken) };
    match code.len() {
        5 => code.starts_with("22") || code.starts_with("23") || code.starts_with("P0"),
        _ => code.parse().is_ok_and(|code: u32| code & 0xff == 19),
    }
}

fn code_of(error: &StoreError) -> Option<String> {
    let StoreError::Unavailable(error) = error else { return None };
    error.as_database_error()?.code().map(|code| code.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::SessionId;

    fn seen(id: u128, generation: u32) -> Waiting {
        let id = SessionId::from_bytes(id.to_be_bytes());
        let update = Update::Seen { id, generation, now: Timestamp::from_millis(0) };
        Waiting { update, since: Instant::now(), answer: oneshot::channel().0 }
    }

    fn generations(batch: impl IntoIterator<Item = Waiting>) -> Vec<u32> {
        let generation = |waiting: Waiting| match waiting.update {
            Update::Seen { generation, .. } => generation,
            Update::Rotate(rotation) => rotation.to,
        };
        batch.into_iter().map(generation).collect()
    }

    #[test]
    fn batch_has_one_update_of_each_session_in_order() {
        let mut waiting: VecDeque<_> = [seen(1, 10), seen(2, 20), seen(1, 11), seen(3, 30), seen(1, 12)].into();
        assert_eq!(generations(take_batch(&mut waiting)), [10, 20, 30]);
        assert_eq!(generations(take_batch(&mut waiting)), [11]);
        assert_eq!(generations(waiting), [12]);
    }
}
