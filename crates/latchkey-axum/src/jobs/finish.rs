//! Finishes deletions and bulk revocations: removes the rows of deleted accounts, and writes bulk revocations into the
//! rows of the sessions, one batch per transaction. A small transaction has already made both effective, so the time at
//! which this job runs does not matter. It continues after a restart.

use latchkey_core::batch;
use latchkey_core::database::Database;
use latchkey_core::store::{self, StoreError, bulk_revocations::PendingRow};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often the server looks for work of other processes, and retries work that failed.
const INTERVAL: Duration = Duration::from_secs(60);

/// If another program reads the database for longer than this, the server logs a warning.
const REPORTED_AFTER: Duration = Duration::from_secs(10 * 60);

/// Finishes all pending work. If that fails for an account, it continues with the others: a foreign key in another
/// program's table, for example, can prevent the removal of a row.
///
/// # Errors
/// The first failure; committed batches stay.
pub async fn finish(database: &Database) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    let mut left = 0;
    while let Some(user_id) = store::deleted_users::nth(&database.store, left).await? {
        let removed = remove(database, &user_id).await;
        left += i64::from(removed.is_err());
        outcome = outcome.and(removed);
    }
    let mut last = (String::new(), -1);
    while let Some(revocation) = store::bulk_revocations::next(&database.store, &last.0, last.1).await? {
        outcome = outcome.and(apply(database, &revocation).await);
        last = (revocation.user_id, revocation.epoch);
    }
    outcome
}

async fn remove(database: &Database, user_id: &str) -> Result<(), StoreError> {
    for _ in 0..batches(store::deleted_users::count_rows(&database.store, user_id).await?) {
        let mut tx = database.store.begin().await?;
        let done = store::deleted_users::remove_some(&mut tx, user_id, batch::ROWS).await?;
        tx.commit().await?;
        database.store.pending_work().files_hold_deleted_rows();
        if done {
            return Ok(());
        }
        batch::yield_to_writers().await;
    }
    Err(rows_reappear())
}

async fn apply(database: &Database, revocation: &PendingRow) -> Result<(), StoreError> {
    for _ in 0..batches(store::bulk_revocations::count_pending(&database.store, revocation).await?) {
        let mut tx = database.store.begin().await?;
        let done = store::bulk_revocations::apply_some(&mut tx, revocation, batch::ROWS).await?;
        tx.commit().await?;
        if done {
            return Ok(());
        }
        batch::yield_to_writers().await;
    }
    Err(rows_reappear())
}

/// The highest number of batches for these rows. Without a limit, a trigger that restores rows would make the job run
/// for ever.
fn batches(rows: i64) -> i64 {
    rows / i64::from(batch::ROWS) + 1
}

fn rows_reappear() -> StoreError {
    StoreError::Damaged("rows that were removed or revoked reappear, probably by a trigger".to_owned())
}

/// Erases the data of deleted accounts from the files: from unused parts of pages, if the database is small, and from
/// the write-ahead log. Returns whether all of it is erased.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn erase(database: &Database) -> Result<bool, StoreError> {
    let pending_work = database.store.pending_work();
    if !pending_work.take_log() {
        return Ok(true);
    }
    let erased = erase_from_files(database).await;
    if !matches!(erased, Ok(true)) {
        pending_work.log_holds_deleted_rows();
    }
    erased
}

async fn erase_from_files(database: &Database) -> Result<bool, StoreError> {
    // The log is emptied first: while another program reads, each rewrite makes the log longer by the size of the
    // database.
    if !store::space::empty_log(&database.store).await? {
        return Ok(false);
    }
    let pending_work = database.store.pending_work();
    if !pending_work.take_rewrite() {
        return Ok(true);
    }
    if let Err(error) = store::space::rewrite_if_small(&database.store).await {
        pending_work.files_hold_deleted_rows();
        return Err(error);
    }
    store::space::empty_log(&database.store).await
}

/// Finishes work as soon as it is reported, until the future is dropped.
pub async fn run(database: Arc<Database>) -> Infallible {
    let mut timer = tokio::time::interval(INTERVAL);
    let (mut erased_at, mut in_use_since): (Option<Instant>, Option<Instant>) = (None, None);
    loop {
        tokio::select! {
            _ = timer.tick() => {}
            () = database.store.pending_work().wait() => {}
        }
        if let Err(error) = finish(&database).await {
            tracing::warn!(%error, "could not finish the removal or revocation of many rows; trying again in a minute");
        }
        // This can block writes for a quarter of a second. A client that creates and deletes accounts must not cause
        // that more than once a minute.
        if erased_at.is_some_and(|at| at.elapsed() < INTERVAL) {
            continue;
        }
        erased_at = Some(Instant::now());
        // Without the reset, the next tick could come just before the minute has passed, and would not erase anything.
        timer.reset();
        match erase(&database).await {
            Ok(true) => in_use_since = None,
            Ok(false) => {
                let since = *in_use_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= REPORTED_AFTER {
                    in_use_since = None;
                    tracing::warn!(
                        "another program has been reading the database for ten minutes: until it stops, data of deleted \
                         accounts stay in the write-ahead log, and the log grows"
                    );
                }
            }
            Err(error) => tracing::warn!(%error, "could not empty the write-ahead log; trying again in a minute"),
        }
    }
}
