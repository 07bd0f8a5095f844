//! `latchkey doctor`: checks settings, files, the database and the clock, and prints a line for each check.

mod accounts;
mod check;
mod clients;
mod files;
mod production;

use super::failure::Failure;
use super::work::{count, print, printable, runtime};
use crate::config::{Options, Settings};
use crate::server::startup;
use check::{Check, Verdict};
use serde_json::json;

pub const AFTER_HELP: &str = "\
Run it with the environment and the flags that the server runs with, as the user that the server runs as. It changes \
nothing that is stored, and works beside a running server; a large database takes it a while, for every page is read.

A warning is unwise where strangers can reach the server, and fine on your own machine. Exit code 1 means that something \
is wrong and must be fixed; each line says how.

Examples:
  latchkey doctor
  latchkey doctor --json | jq -r '.[] | select(.verdict != \"ok\") | .text'";

/// Runs all checks, and fails if there is a problem.
pub fn run(options: Options, as_json: bool) -> Result<(), Failure> {
    let files = options.files.clone();
    let mut checks = Vec::new();
    let mut proxies = None;
    match Settings::new(options) {
        Ok(settings) => {
            checks.push(Check::new("settings", Verdict::Ok, "are valid"));
            checks.extend(production::check(&settings));
            proxies = Some(settings.server.http.trusted_proxies);
        }
        Err(error) => checks.push(Check::new("settings", Verdict::Problem, error.to_string())),
    }
    // Invalid paths have been reported above.
    if let (Ok(folder), Ok(address), Ok(keyring)) = (files.folder.check(), files.database(), files.keyring()) {
        checks.extend(runtime()?.block_on(async {
            let mut checks = files::check(&folder, &address, &keyring).await;
            // `files::check` has reported a database that cannot be opened.
            if let Ok(store) = startup::open_existing(&address).await {
                checks.extend(accounts::check(&store).await);
                if let Some(proxies) = proxies {
                    checks.extend(clients::check(&store, &proxies).await);
                }
                store.close().await;
            }
            checks
        }));
    }
    print(&if as_json { for_programs(&checks) } else { for_people(&checks) })?;
    match checks.iter().filter(|check| check.verdict == Verdict::Problem).count() {
        0 => Ok(()),
        problems => Err(Failure::could_not(format!("{} found", count(problems, "problem")))),
    }
}

fn for_people(checks: &[Check]) -> String {
    let line = |check: &Check| format!("{:9}{:13}{}\n", check.verdict.name(), check.name, printable(&check.text));
    checks.iter().map(line).collect()
}

fn for_programs(checks: &[Check]) -> String {
    let check = |check: &Check| json!({ "check": check.name, "verdict": check.verdict.name(), "text": check.text });
    format!("{:#}\n", json!(checks.iter().map(check).collect::<Vec<_>>()))
}
