//! Deletes rows that the server does not need any more.
//!
//! Sessions are kept for some time after their end, so that a late client gets the reason why its token is rejected.
//! The security log is kept for some time as well, with at most 1,000 events per user. Both periods are settings.
//! Deleting the row of an ended session is safe: its tokens are then unknown, and are rejected.

use crate::settings::Retention;
use latchkey_core::batch;
use latchkey_core::clock::Timestamp;
use latchkey_core::database::Database;
use latchkey_core::sessions::USUAL_PERIOD;
use latchkey_core::store::{self, Store, StoreError};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long counts of failed sign-ins are kept. After that time they have no effect: see `accounts/throttle.rs`.
const FAILURES: Duration = DAY;

/// How long hashes of previous passwords are kept after the last attempt with one: see `accounts/previous.rs`.
const PREVIOUS_PASSWORDS: Duration = DAY.saturating_mul(30);

/// The highest number of sessions, or of events of one user, that one query on a reader selects.
const SELECTED_AT_ONCE: i64 = 10_000;

/// How often the server prunes.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

/// How many rows were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Sessions that ended before the retention.
    pub sessions: u64,
    /// Lines of the security log.
    pub events: u64,
    /// Counts of failed sign-ins.
    pub failures: u64,
}

/// Deletes all rows that are past their retention.
///
/// # Errors
/// [`StoreError::Unavailable`]; rows that were deleted before the failure stay deleted.
pub async fn prune(store: &Store, retention: Retention, now: Timestamp) -> Result<Pruned, StoreError> {
    let ended_before = now.before(retention.sessions);
    let mut pruned = Pruned::default();
    loop {
        // Each transaction deletes one batch of each kind, so that other writes can run in between.
        let mut tx = store.begin().await?;
        let sessions = store::ended_sessions::delete_ended(&mut tx, ended_before, batch::ROWS).await?
            + store::ended_sessions::delete_revoked(&mut tx, ended_before, batch::ROWS).await?;
        let events = store::events::delete_old(&mut tx, now.before(retention.events), batch::ROWS).await?;
        let failures = store::login_failures::delete_old(&mut tx, now.before(FAILURES), batch::ROWS).await?;
        let passwords =
            store::users::forget_previous_hashes(&mut tx, now.before(PREVIOUS_PASSWORDS), batch::ROWS).await?;
        let places = store::usual_places::delete_old(&mut tx, now.before(USUAL_PERIOD), batch::ROWS).await?;
        if sessions + events + failures + passwords + places == 0 {
            break;
        }
        tx.commit().await?;
        pruned.sessions += sessions;
        pruned.events += events;
        pruned.failures += failures;
        batch::yield_to_writers().await;
    }
    pruned.sessions += delete_unused_sessions(store, ended_before).await?;
    pruned.events += trim_events(store).await?;
    while store::space::free_some_pages(store).await? {
        batch::yield_to_writers().await;
    }
    Ok(pruned)
}

/// Deletes the sessions that ended because they were not refreshed. The column has no index, because each refresh would
/// have to update it, so a reader scans the table.
async fn delete_unused_sessions(store: &Store, ended_before: Timestamp) -> Result<u64, StoreError> {
    let mut deleted = 0;
    loop {
        let sessions = store::ended_sessions::unused(store, ended_before, SELECTED_AT_ONCE).await?;
        for batch_ids in sessions.chunks(batch::ROWS as usize) {
            let mut tx = store.begin().await?;
            for id in batch_ids {
                deleted += store::ended_sessions::delete_unused(&mut tx, id, ended_before).await?;
            }
            tx.commit().await?;
            batch::yield_to_writers().await;
        }
        if (sessions.len() as i64) < SELECTED_AT_ONCE {
            return Ok(deleted);
        }
    }
}

/// Deletes events above a user's limit. Most are deleted when a new one is written; the rest are failed sign-ins, and
/// events from versions without a limit.
async fn trim_events(store: &Store) -> Result<u64, StoreError> {
    let (mut user, mut trimmed) = (String::new(), 0);
    while let Some((next, mut excess)) = store::event_limit::next_over(store, &user).await? {
        user = next;
        while excess > 0 {
            let events = store::event_limit::oldest_deletable(store, &user, excess.min(SELECTED_AT_ONCE)).await?;
            if events.is_empty() {
                break;
            }
            for batch_ids in events.chunks(batch::ROWS as usize) {
                let mut tx = store.begin().await?;
                for id in batch_ids {
                    trimmed += store::event_limit::delete(&mut tx, id).await?;
                }
                tx.commit().await?;
                batch::yield_to_writers().await;
            }
            excess -= i64::try_from(events.len()).unwrap_or(i64::MAX);
        }
    }
    Ok(trimmed)
}

/// Prunes regularly, until the future is dropped.
pub async fn run(database: Arc<Database>, retention: Retention) -> Infallible {
    let mut timer = tokio::time::interval(INTERVAL);
    loop {
        timer.tick().await;
        match prune(&database.store, retention, database.clock.now()).await {
            Ok(pruned) if pruned == Pruned::default() => {}
            Ok(Pruned { sessions, events, failures }) => tracing::info!(sessions, events, failures, "pruned"),
            Err(error) => tracing::warn!(%error, "could not prune; trying again later"),
        }
    }
}
