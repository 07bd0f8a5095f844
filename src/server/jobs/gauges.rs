//! Gauges: numbers that have to be read from the database.
//!
//! Measured now and then, and not at each scrape: counting reads most sessions that there are, which other machines
//! must not be able to trigger as often as they like, and a scrape must be answered when the database does not answer.

use latchkey_core::database::Database;
use latchkey_core::metrics::Metrics;
use latchkey_core::store;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// How often. Among 200,000 sessions, the live ones are counted in 40 ms: one of the four readers is busy with it for a
/// thousandth of its time.
const EVERY: Duration = Duration::from_secs(30);

/// Brings the gauges up to date now and then, for as long as it is polled.
pub async fn run(database: Arc<Database>, metrics: Arc<Metrics>) -> Infallible {
    let mut timer = tokio::time::interval(EVERY);
    loop {
        timer.tick().await;
        measure(&database, &metrics).await;
    }
}

/// Brings the gauges up to date once. A database that cannot count its sessions is not ready; how many there were then
/// stands as it was.
pub async fn measure(database: &Database, metrics: &Metrics) {
    match store::session_lists::count_live(&database.store, database.clock.now()).await {
        Ok(live) => {
            metrics.live_sessions.set(live);
            metrics.database_ready.set(1);
        }
        Err(error) => {
            tracing::warn!(%error, "could not count the sessions");
            metrics.database_ready.set(0);
        }
    }
}
