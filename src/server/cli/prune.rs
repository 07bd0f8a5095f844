//! `latchkey prune`: deletes old rows now; a running server does so every ten minutes.

use super::failure::Failure;
use super::work::{print, with_database};
use crate::config::{RetentionOptions, StoreOptions};
use latchkey_axum::jobs::prune::{Pruned, prune};
use serde_json::json;

pub const AFTER_HELP: &str = "\
A running server does this by itself every ten minutes; the command is for a database whose server is \
stopped, or when room is needed now. It works beside a running server, in small steps that do not delay requests.

Sessions go LATCHKEY_SESSION_RETENTION after their end, lines of the security log after LATCHKEY_SECURITY_LOG_RETENTION and \
as soon as a user has more than 1,000, failures to sign in after a day. Nothing that is alive is touched. SQLite gives back the pages that become unused, unless an earlier version of Latchkey made the \
file: then run `latchkey compact` once, with the server stopped.";

/// Prunes once.
pub fn run(options: &StoreOptions, retention: &RetentionOptions, as_json: bool) -> Result<(), Failure> {
    let retention = retention.check()?;
    let Pruned { sessions, events, failures } = with_database(&options.database()?, async |database| {
        prune(&database.store, retention, database.clock.now()).await.map_err(Failure::could_not)
    })?;
    print(&match as_json {
        true => format!("{:#}\n", json!({ "sessions": sessions, "events": events, "failures": failures })),
        false => format!(
            "Deleted {sessions} sessions, {events} lines of the security log and {failures} counts of failed sign-ins.\n"
        ),
    })
}
