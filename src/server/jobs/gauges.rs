//! Gauges: what no request tells, and the database has to be asked for.
//!
//! Asked now and then, and not when somebody scrapes: counting walks through the whole table of sessions, which must not
//! be for others to ask for as often as they like, and a scrape must be answered while the database is not.

use crate::server::state::App;
use crate::server::store;
use std::convert::Infallible;
use std::time::Duration;

/// How often. 200,000 sessions are counted in TODO ms by one of four readers, which is TODO of its time.
const EVERY: Duration = Duration::from_secs(30);

/// Brings the gauges up to date now and then, for as long as it is polled.
pub async fn run(app: App) -> Infallible {
    let mut timer = tokio::time::interval(EVERY);
    loop {
        timer.tick().await;
        look(&app).await;
    }
}

/// Brings the gauges up to date once. A database that cannot count its sessions is not ready; how many there were then
/// stands as it was.
pub async fn look(app: &App) {
    match store::sessions::count_live(&app.store, app.clock.now()).await {
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
