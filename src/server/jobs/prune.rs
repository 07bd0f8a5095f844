//! Pruning: deleting what nobody needs any more.
//!
//! Sessions are kept for a while after their end, so that a token which turns up late is still told why it is refused,
//! and the security log for a year. After that a row only costs room.

use crate::server::clock::Timestamp;
use crate::server::sessions::USUAL;
use crate::server::state::App;
use crate::server::store::{self, Store, StoreError};
use std::convert::Infallible;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a session's row outlives the last moment that the session could have lived to.
const SESSIONS: Duration = DAY.saturating_mul(30);
/// How long a line stays in the security log.
const EVENTS: Duration = DAY.saturating_mul(365);

/// How long a failed sign-in is remembered; by then it has been forgiven, see `accounts/throttle.rs`.
const FAILURES: Duration = DAY;

/// How long the hashes of previous passwords are kept, see `accounts/previous.rs`.
const PREVIOUS_PASSWORDS: Duration = DAY.saturating_mul(30);

/// Rows in one transaction. Deleting so many takes a few milliseconds, and whoever waits to write goes in between.
const BATCH: u32 = 200;

/// Between two transactions. Another process that waits to write only looks now and then whether it may.
const REST: Duration = Duration::from_millis(10);

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
pub async fn prune(store: &Store, now: Timestamp) -> Result<Pruned, StoreError> {
    let mut pruned = Pruned::default();
    loop {
        // One transaction for a batch of each: whoever waits to write comes between two of them.
        let mut tx = store.begin().await?;
        let sessions = store::sessions::delete_ended(&mut tx, now.before(SESSIONS), BATCH).await?;
        let events = store::events::delete_old(&mut tx, now.before(EVENTS), BATCH).await?;
        let failures = store::login_failures::delete_old(&mut tx, now.before(FAILURES), BATCH).await?;
        let passwords = store::users::forget_previous_hashes(&mut tx, now.before(PREVIOUS_PASSWORDS), BATCH).await?;
        let places = store::usual_places::delete_old(&mut tx, now.before(USUAL), BATCH).await?;
        if sessions + events + failures + passwords + places == 0 {
            break;
        }
        tx.commit().await?;
        pruned.sessions += sessions;
        pruned.events += events;
        pruned.failures += failures;
        tokio::time::sleep(REST).await;
    }
    Ok(pruned)
}

/// Prunes now and then, for as long as it is polled.
pub async fn run(app: App) -> Infallible {
    let mut timer = tokio::time::interval(EVERY);
    loop {
        timer.tick().await;
        match prune(&app.store, app.clock.now()).await {
            Ok(pruned) if pruned == Pruned::default() => {}
            Ok(Pruned { sessions, events, failures }) => tracing::info!(sessions, events, failures, "pruned"),
            Err(error) => tracing::warn!(%error, "could not prune; trying again later"),
        }
    }
}
