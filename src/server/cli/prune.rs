//! `latchkey prune`: what a running server does every ten minutes, now.

use super::{Failure, say};
use crate::server::clock::{Clock as _, SystemClock};
use crate::server::config::StoreOptions;
use crate::server::jobs::prune::{Pruned, prune};
use crate::server::startup;

pub const AFTER_HELP: &str = "\
A running server does this by itself every ten minutes; the command is for a database whose server is \
stopped, or when room is needed now. It works beside a running server, in small steps that hold nobody up.

Sessions go 30 days after the last moment that they could have lived to, lines of the security log after a year, failures \
to sign in after a day. Nothing that is alive is touched.";

/// Prunes once.
pub fn run(options: &StoreOptions) -> Result<(), Failure> {
    let database = options.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::could_not)?;
    let pruned = runtime.block_on(async {
        let store = startup::open_existing(&database).await.map_err(Failure::could_not)?;
        let pruned = prune(&store, SystemClock.now()).await.map_err(Failure::could_not);
        store.close().await;
        pruned
    })?;
    let Pruned { sessions, events, failures } = pruned;
    say(&format!(
        "Deleted {sessions} sessions, {events} lines of the security log and {failures} counts of failed sign-ins.\n"
    ));
    Ok(())
}
