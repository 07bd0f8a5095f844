//! Pruning: deleting rows that are not needed any more.
//!
//! Sessions are kept for a while after their end, so that a token which turns up late is still told why it is refused,
//! and so is the security log, a thousand lines a user; the settings say for how long. After that a row only costs
//! room, and the room is given back. No rule of the refresh tokens needs the row of a session that has ended: without
//! it every token of that session is unknown, and refused.

use crate::config::Retention;
use latchkey_core::batch;
use latchkey_core::clock::Timestamp;
use latchkey_core::database::Database;
use latchkey_core::sessions::USUAL;
use latchkey_core::store::{self, Store, StoreError};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a failed sign-in is remembered; by then it has been forgiven, see `accounts/throttle.rs`.
const FAILURES: Duration = DAY;

/// How long the hashes of previous passwords are kept after the last try with one, see `accounts/previous.rs`.
const PREVIOUS_PASSWORDS: Duration = DAY.saturating_mul(30);

/// Events of one user, or sessions, that are chosen by one question, beside the writer.
const CHOSEN_AT_ONCE: i64 = 10_000;

/// How often the server prunes.
const EVERY: Duration = Duration::from_secs(10 * 60);

/// How much was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    pub sessions: u64,
    pub events: u64,
    pub failures: u64,
}

/// Deletes what is past its retention.
///
/// # Errors
/// [`StoreError::Unavailable`]; what was deleted before stays deleted.
pub async fn prune(store: &Store, retention: Retention, now: Timestamp) -> Result<Pruned, StoreError> {
    let ended_before = now.before(retention.sessions);
    let mut pruned = Pruned::default();
    loop {
        // One transaction for a batch of each, so that other writers get their turn between two of them.
        let mut tx = store.begin().await?;
        let sessions = store::ended_sessions::delete_ended(&mut tx, ended_before, batch::ROWS).await?
            + store::ended_sessions::delete_revoked(&mut tx, ended_before, batch::ROWS).await?;
        let events = store::events::delete_old(&mut tx, now.before(retention.events), batch::ROWS).await?;
        let failures = store::login_failures::delete_old(&mut tx, now.before(FAILURES), batch::ROWS).await?;
        let passwords =
            store::users::forget_previous_hashes(&mut tx, now.before(PREVIOUS_PASSWORDS), batch::ROWS).await?;
        let places = store::usual_places::delete_old(&mut tx, now.before(USUAL), batch::ROWS).await?;
        if sessions + events + failures + passwords + places == 0 {
            break;
        }
        tx.commit().await?;
        pruned.sessions += sessions;
        pruned.events += events;
        pruned.failures += failures;
        batch::rest().await;
    }
    pruned.sessions += delete_unused_sessions(store, ended_before).await?;
    pruned.events += trim_events(store).await?;
    while store::space::free_some_pages(store).await? {
        batch::rest().await;
    }
    Ok(pruned)
}

/// Deletes the sessions that ended because they were not used. Their ends are in no index, for each refresh would have
/// to write it, so they are looked for beside the writer.
async fn delete_unused_sessions(store: &Store, ended_before: Timestamp) -> Result<u64, StoreError> {
    let mut deleted = 0;
    loop {
        let sessions = store::ended_sessions::unused(store, ended_before, CHOSEN_AT_ONCE).await?;
        for few in sessions.chunks(batch::ROWS as usize) {
            let mut tx = store.begin().await?;
            for id in few {
                deleted += store::ended_sessions::delete_unused(&mut tx, id, ended_before).await?;
            }
            tx.commit().await?;
            batch::rest().await;
        }
        if (sessions.len() as i64) < CHOSEN_AT_ONCE {
            return Ok(deleted);
        }
    }
}

/// Deletes the events that users have above the limit. Most are deleted as new ones are written; this is for failed
/// sign-ins, and for events from before there was a limit.
async fn trim_events(store: &Store) -> Result<u64, StoreError> {
    let (mut user, mut trimmed) = (String::new(), 0);
    while let Some((next, mut excess)) = store::event_limit::next_over(store, &user).await? {
        user = next;
        while excess > 0 {
            let events = store::event_limit::first_to_go(store, &user, excess.min(CHOSEN_AT_ONCE)).await?;
            if events.is_empty() {
                break;
            }
            for few in events.chunks(batch::ROWS as usize) {
                let mut tx = store.begin().await?;
                for id in few {
                    trimmed += store::event_limit::delete(&mut tx, id).await?;
                }
                tx.commit().await?;
                batch::rest().await;
            }
            excess -= i64::try_from(events.len()).unwrap_or(i64::MAX);
        }
    }
    Ok(trimmed)
}

/// Prunes now and then, for as long as it is polled.
pub async fn run(database: Arc<Database>, retention: Retention) -> Infallible {
    let mut timer = tokio::time::interval(EVERY);
    loop {
        timer.tick().await;
        match prune(&database.store, retention, database.clock.now()).await {
            Ok(pruned) if pruned == Pruned::default() => {}
            Ok(Pruned { sessions, events, failures }) => tracing::info!(sessions, events, failures, "pruned"),
            Err(error) => tracing::warn!(%error, "could not prune; trying again later"),
        }
    }
}
