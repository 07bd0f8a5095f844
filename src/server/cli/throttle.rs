//! `latchkey throttle …`: lists and clears the counts of failed sign-ins; a server may be running.

use super::failure::Failure;
use super::user::find;
use super::work::{count, print, table, with_database};
use crate::config::StoreOptions;
use latchkey_core::accounts::{CountKind, ThrottleEntry, clear_all_throttles, clear_network_throttles, list_throttled};
use latchkey_core::database::Database;
use serde_json::json;
use std::net::IpAddr;

pub const AFTER_HELP: &str = "\
After five failed sign-ins an account has to wait before the next try: 1 s, then twice as long each time, up to 15 minutes. \
Networks have limits of their own. Every try counts until it has succeeded, from wherever it comes, so a program that goes \
on trying a wrong password keeps an account waiting. Waiting ends by itself; `clear` ends it now, from the server's next \
request on.

A new password (`latchkey user password`, or set by its owner) and `latchkey user enable` clear the account's counts as \
well, and tries with a previous password are not counted. An account that has signed in too often within an hour \
(LATCHKEY_SIGN_INS_PER_HOUR) has to wait, too, and is not in the list; `clear NAME`, `user password` and `user enable` let \
it in.

Counts are kept under digests, for people type passwords into the field for the username: `list` names the account where \
there is one, and no address.

Examples:
  latchkey throttle list                          every count, the newest first
  latchkey throttle clear ada                     ada can sign in now, from anywhere
  latchkey throttle clear --network 203.0.113.7   so can all who share this address (IPv6: its /64)
  latchkey throttle clear --all                   so can all others";

#[derive(clap::Subcommand)]
pub enum Command {
    /// Show what is counted against accounts and networks, and who has to wait
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Forget what is counted against an account, a network, or all there are
    #[command(override_usage = "latchkey throttle clear [OPTIONS] NAME\n       \
                                latchkey throttle clear [OPTIONS] --network <ADDRESS>\n       \
                                latchkey throttle clear [OPTIONS] --all")]
    Clear {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        store: StoreOptions,
    },
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// The account
    #[arg(allow_hyphen_values = true)]
    name: Option<String>,
    /// The network of this address, whatever the account
    #[arg(long, value_name = "ADDRESS")]
    network: Option<IpAddr>,
    /// Every count
    #[arg(long)]
    all: bool,
}

/// Runs a subcommand.
pub fn run(command: Command) -> Result<(), Failure> {
    let text = match command {
        Command::List { json, store } => {
            let entries = with_database(&store.database()?, async |database| {
                list_throttled(database).await.map_err(Failure::could_not)
            })?;
            if json { for_programs(&entries) } else { for_people(&entries) }
        }
        Command::Clear { which, store } => {
            with_database(&store.database()?, async |database| clear(database, which).await)?
        }
    };
    print(&text)
}

async fn clear(database: &Database, which: Which) -> Result<String, Failure> {
    let cleared = match which {
        Which { name: Some(name), .. } => find(database, &name).await?.clear_throttle(database).await,
        Which { network: Some(address), .. } => clear_network_throttles(database, address).await,
        _ => clear_all_throttles(database).await,
    };
    Ok(match cleared.map_err(Failure::could_not)? {
        0 => "No failures were counted.\n".to_owned(),
        cleared => format!("Cleared {}.\n", count(usize::try_from(cleared).unwrap_or(usize::MAX), "count")),
    })
}

fn describe(kind: CountKind) -> &'static str {
    match kind {
        CountKind::Account => "an account",
        CountKind::TrustedNetwork => "an account, in a network where it is signed in",
        CountKind::Session => "a signed-in device",
        CountKind::Network => "a network",
        CountKind::AllTrusted => "a network, all accounts that are signed in there",
        CountKind::Registration => "a network's registrations",
    }
}

fn whole_seconds(entry: &ThrottleEntry) -> u64 {
    u64::try_from(entry.wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

fn for_people(entries: &[ThrottleEntry]) -> String {
    let row = |entry: &ThrottleEntry| {
        [
            entry.username.clone().unwrap_or_else(|| "-".to_owned()),
            entry.failures.count.to_string(),
            entry.failures.last_at.to_string(),
            match whole_seconds(entry) {
                0 => "no".to_owned(),
                seconds => format!("{seconds} s"),
            },
            describe(entry.kind).to_owned(),
        ]
    };
    table(["USERNAME", "FAILURES", "LAST TRY", "WAITS", "COUNTED BY"], &entries.iter().map(row).collect::<Vec<_>>())
}

fn for_programs(entries: &[ThrottleEntry]) -> String {
    let entry = |entry: &ThrottleEntry| {
        json!({
            "kind": entry.kind.name(), "username": entry.username, "failures": entry.failures.count,
            "lastTryAt": entry.failures.last_at.to_string(), "retryAfter": whole_seconds(entry),
        })
    };
    format!("{:#}\n", json!(entries.iter().map(entry).collect::<Vec<_>>()))
}
