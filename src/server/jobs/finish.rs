//! Finishing what a small transaction has begun: rows of deleted accounts are removed, and bulk revocations are written
//! into the sessions' own rows, a batch a transaction. Both count from the moment they were committed, so nothing depends
//! on when this runs; it goes on after a restart where it was.

use crate::state::App;
use latchkey_core::batch;
use latchkey_core::ledger::Ledger;
use latchkey_core::store::{self, StoreError, bulk_revocations::PendingRow};
use std::convert::Infallible;
use std::time::{Duration, Instant};

/// How often the server looks for what another process has left, and tries again what failed.
const EVERY: Duration = Duration::from_secs(60);

/// Finishes everything that there is.
///
/// # Errors
/// [`StoreError::Unavailable`]; what was done before stays done.
pub async fn finish(ledger: &Ledger) -> Result<(), StoreError> {
    while let Some(user_id) = store::deleted_users::first(&ledger.store).await? {
        remove(ledger, &user_id).await?;
    }
    loop {
        let pending = store::bulk_revocations::pending(&ledger.store, batch::ROWS).await?;
        if pending.is_empty() {
            return Ok(());
        }
        for revocation in &pending {
            apply(ledger, revocation).await?;
        }
    }
}

async fn remove(ledger: &Ledger, user_id: &str) -> Result<(), StoreError> {
    loop {
        let mut tx = ledger.store.begin().await?;
        let done = store::deleted_users::remove_some(&mut tx, user_id, batch::ROWS).await?;
        tx.commit().await?;
        ledger.store.leftovers().files_hold_deleted_rows();
        if done {
            return Ok(());
        }
        batch::rest().await;
    }
}

async fn apply(ledger: &Ledger, revocation: &PendingRow) -> Result<(), StoreError> {
    loop {
        let mut tx = ledger.store.begin().await?;
        let done = store::bulk_revocations::apply_some(&mut tx, revocation, batch::ROWS).await?;
        tx.commit().await?;
        if done {
            return Ok(());
        }
        batch::rest().await;
    }
}

/// Removes what is left of deleted accounts in the bytes of the files: in unused parts of pages, if the database is small,
/// and in the write-ahead log. Answers whether there is none from now on.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn erase(ledger: &Ledger) -> Result<bool, StoreError> {
    let leftovers = ledger.store.leftovers();
    if !leftovers.take_deleted() {
        return Ok(true);
    }
    let rewritten = store::space::rewrite_if_small(&ledger.store).await;
    let emptied = store::space::empty_log(&ledger.store).await;
    if rewritten.is_err() || !matches!(emptied, Ok(true)) {
        leftovers.files_hold_deleted_rows();
    }
    rewritten.and(emptied)
}

/// Finishes what there is as soon as there is something, for as long as it is polled.
pub async fn run(app: App) -> Infallible {
    let mut timer = tokio::time::interval(EVERY);
    let mut erased_at: Option<Instant> = None;
    loop {
        tokio::select! {
            _ = timer.tick() => {}
            () = app.store.leftovers().wait() => {}
        }
        if let Err(error) = finish(&app).await {
            tracing::warn!(%error, "could not finish the removal or revocation of many rows; trying again in a minute");
        }
        // It holds the writer for longer than other work, so a client that makes and deletes accounts must not cause it often.
        if erased_at.is_some_and(|at| at.elapsed() < EVERY) {
            continue;
        }
        erased_at = Some(Instant::now());
        match erase(&app).await {
            Ok(true) => {}
            Ok(false) => tracing::debug!("the write-ahead log is in use; emptying it in a minute"),
            Err(error) => tracing::warn!(%error, "could not empty the write-ahead log; trying again in a minute"),
        }
    }
}
