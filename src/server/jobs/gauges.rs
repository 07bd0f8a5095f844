//! Gauges: numbers that have to be read from the database.
//!
//! Measured now and then, and not at each scrape: counting reads most sessions that there are, which other machines
//! must not be able to trigger as often as they like, and a scrape must be answered when the database does not answer.

use crate::state::App;
use latchkey_core::store;
use std::convert::Infallible;
use std::time::Duration;

/// How often. Among 200,000 sessions, the live ones are counted in 40 ms: one of the four readers is busy with it for a
/// thousandth of its time.
const EVERY: Duration = Duration::from_secs(30);

/// Brings the gauges up to date now and then, for as long as it is polled.
pub async fn run(app: App) -> Infallible {
    let mut timer = tokio::time::interval(EVERY);
    loop {
        timer.tick().await;
        measure(&app).await;
    }
}

/// Brings the gauges up to date once. A database that cannot count its sessions is not ready; how many there were then
/// stands as it was.
pub async fn measure(app: &App) {
    match store::session_lists::count_live(&app.store, app.clock.now()).await {
        Ok(live) => {
            app.metrics.live_sessions.set(live);
            app.metrics.database_ready.set(1);
        }
        Err(error) => {
            tracing::warn!(%error, "could not count the sessions");
            app.metrics.database_ready.set(0);
        }
    }
}
