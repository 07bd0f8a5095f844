//! Checks the data folder, the database, the keyring and the clock.

use super::check::{Check, Verdict};
use crate::server::cli::work::free_bytes;
use crate::server::startup;
use latchkey_axum::settings::DatabaseAddress;
use latchkey_axum::startup::{StartupError, folder_of, with_suffix};
use latchkey_core::clock::{Clock as _, SystemClock, Timestamp};
use latchkey_core::sessions::keyring::{KeyFacts, file as keyring_file};
use latchkey_core::store::schema::{self, Comparison};
use latchkey_core::store::{self, Store, StoreError, integrity, space};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

/// 2026-01-01. An earlier time is wrong, because this program did not exist then.
const EARLIEST: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// How far the clock may be behind the newest time in the database.
const TOLERANCE: Duration = Duration::from_secs(60);

/// In bytes. Less unused space than this is not reported.
const MUCH_UNUSED: i64 = 10 * 1024 * 1024;

/// In bytes. With less free space than this, a busy day may fill the disk.
const LITTLE_SPACE: u64 = 200 * 1024 * 1024;

/// Runs all of these checks.
pub async fn check(folder: &Path, address: &DatabaseAddress, keyring: &Path) -> Vec<Check> {
    let mut checks = vec![data_folder(folder)];
    let elsewhere = |file: &Path| folder_of(file).filter(|other| fs::canonicalize(folder).ok().as_ref() != Some(other));
    let mut others: Vec<_> = address.path().into_iter().chain([keyring]).filter_map(elsewhere).collect();
    others.dedup();
    checks.extend(others.iter().filter_map(|folder| open_to_others("folder", folder)));
    checks.extend(free_space(folder));
    if let Some(path) = address.path() {
        checks.extend(elsewhere(path).and_then(|other| free_space(&other)));
        checks.extend(database_files(path));
    }
    let found = keyring_file::load(keyring);
    let has_keyring = !matches!(found, Ok(None));
    let store = startup::open_existing(address).await;
    let any_session = match &store {
        Ok(store) => store::sessions::any_not_ended(store).await.unwrap_or_default(),
        Err(_) => false,
    };
    checks.push(match found {
        Ok(Some(keys)) => Check::new(
            "keyring",
            Verdict::Ok,
            format!("{} is sound: {}", keyring.display(), describe(&keys.facts(SystemClock.now()))),
        ),
        Ok(None) if any_session => {
            let lost = StartupError::KeyringLost { path: keyring.to_owned() };
            Check::new("keyring", Verdict::Problem, lost.to_string())
        }
        Ok(None) if matches!(store, Err(ref error) if !matches!(error, StartupError::NoDatabase { .. })) => Check::new(
            "keyring",
            Verdict::Warning,
            format!(
                "{} does not exist, and sessions may need it: run this again once the database can be opened",
                keyring.display()
            ),
        ),
        Ok(None) => Check::new(
            "keyring",
            Verdict::Ok,
            format!("{} does not exist yet: the first start creates it", keyring.display()),
        ),
        Err(error) => Check::new("keyring", Verdict::Problem, format!("{} {error}", keyring.display())),
    });
    match store {
        Ok(store) => {
            checks.push(content(&store, address).await);
            checks.extend(tables(&store, address).await);
            checks.extend(unused_pages(&store).await);
            checks.push(clock(integrity::newest(&store).await));
            store.close().await;
        }
        Err(StartupError::NoDatabase { path }) if !has_keyring && !with_suffix(&path, "-wal").exists() => {
            let text = format!("{} does not exist yet: the first start creates it", path.display());
            checks.push(Check::new("database", Verdict::Ok, text));
            checks.push(clock(Ok(None)));
        }
        Err(StartupError::NoDatabase { path }) => {
            checks.push(Check::new("database", Verdict::Problem, StartupError::DatabaseLost { path }.to_string()));
        }
        Err(error) => checks.push(Check::new("database", Verdict::Problem, error.to_string())),
    }
    checks
}

fn data_folder(path: &Path) -> Check {
    let (name, shown) = ("data folder", path.display());
    let folder = match fs::metadata(path) {
        Ok(folder) if folder.is_dir() => folder,
        Ok(_) => {
            return Check::new(
                name,
                Verdict::Problem,
                format!("{shown} is not a folder: set LATCHKEY_DATA_DIR to one"),
            );
        }
        Err(_) => {
            return Check::new(name, Verdict::Ok, format!("{shown} does not exist yet: the first start creates it"));
        }
    };
    if let Some(problem) = open_to_others(name, path) {
        return problem;
    }
    let mode = folder.mode() & 0o777;
    let user = rustix::process::geteuid().as_raw();
    if user != 0 && folder.uid() != user {
        let text =
            format!("{shown} belongs to another user ({}): run this as the user that the server runs as", folder.uid());
        return Check::new(name, Verdict::Warning, text);
    }
    if mode & 0o055 != 0 {
        let text = format!("other users can list or open {shown} (mode {mode:o}): run `chmod 700` on it");
        return Check::new(name, Verdict::Warning, text);
    }
    Check::new(name, Verdict::Ok, format!("only the owner can access {shown}"))
}

/// A problem if other users can write to the folder, because they could replace the files in it.
fn open_to_others(name: &'static str, folder: &Path) -> Option<Check> {
    let mode = fs::metadata(folder).ok()?.mode() & 0o777;
    let text =
        || format!("other users can replace files in {} (mode {mode:o}): run `chmod 700` on it", folder.display());
    (mode & 0o022 != 0).then(|| Check::new(name, Verdict::Problem, text()))
}

fn database_files(path: &Path) -> Vec<Check> {
    let name = "database";
    let Ok(database) = fs::metadata(path) else { return Vec::new() };
    let folder = path.parent().and_then(|folder| fs::metadata(folder).ok());
    let mut checks = Vec::new();
    for file in [path.to_owned(), with_suffix(path, "-wal")] {
        let mode = fs::metadata(&file).map_or(0, |file| file.mode() & 0o777);
        if mode & 0o077 != 0 {
            let text = format!(
                "other users of this machine can read {} (mode {mode:o}), which contains password hashes: run `chmod 600` \
                 on it",
                file.display()
            );
            checks.push(Check::new(name, Verdict::Problem, text));
        }
    }
    if let Some(folder) = folder.filter(|folder| folder.uid() != database.uid()) {
        let text = format!(
            "{} belongs to user {} and its folder to user {}: the server may not be able to write; run `chown` on it",
            path.display(),
            database.uid(),
            folder.uid()
        );
        checks.push(Check::new(name, Verdict::Warning, text));
    }
    if checks.is_empty() {
        checks.push(Check::new(name, Verdict::Ok, format!("only the owner can read {}", path.display())));
    }
    checks
}

fn free_space(folder: &Path) -> Option<Check> {
    let free = free_bytes(folder)?;
    let text = format!("{} MB are free for {}", free / (1024 * 1024), folder.display());
    Some(match free {
        LITTLE_SPACE.. => Check::new("disk", Verdict::Ok, text),
        _ => Check::new(
            "disk",
            Verdict::Warning,
            format!("only {text}: free some space, or sign-ins will fail when the disk is full"),
        ),
    })
}

/// The number of the keys, the age of the newest, and when the last of the new ones starts to sign.
fn describe(keys: &[KeyFacts]) -> String {
    let newest = keys.iter().filter_map(|key| key.created_at).max();
    let signs_from = keys.iter().filter_map(|key| key.state.signs_from()).max();
    let newest = newest.map(|newest| format!(", the newest from {newest}")).unwrap_or_default();
    let published = signs_from.map(|from| format!(", which signs from {from}")).unwrap_or_default();
    format!("{} keys{newest}{published}", keys.len())
}

async fn content(store: &Store, address: &DatabaseAddress) -> Check {
    if address.path().is_none() {
        return Check::new(
            "database",
            Verdict::Ok,
            "is up to date (whether PostgreSQL's files are sound, amcheck can tell)",
        );
    }
    match integrity::faults(store).await {
        Ok(faults) if faults.is_empty() => Check::new("database", Verdict::Ok, "is sound and up to date"),
        Ok(faults) => {
            let text = format!("is damaged ({}): restore it from your backup", faults.join("; "));
            Check::new("database", Verdict::Problem, text)
        }
        Err(error) => Check::new("database", Verdict::Problem, error.to_string()),
    }
}

/// A warning for a file that was created by an earlier version, if it keeps many unused pages.
async fn unused_pages(store: &Store) -> Option<Check> {
    let usage = space::usage(store).await.ok().flatten().filter(|usage| !usage.gives_back)?;
    let text = format!(
        "{} MB of the file are unused and not given back: stop the server and run `latchkey compact` once",
        usage.unused / (1024 * 1024)
    );
    (usage.unused >= MUCH_UNUSED).then(|| Check::new("database", Verdict::Warning, text))
}

/// Checks whether the database has the tables that the migrations create, and lists other tables.
async fn tables(store: &Store, address: &DatabaseAddress) -> Vec<Check> {
    let name = "tables";
    let ok_text = match address {
        DatabaseAddress::Sqlite(_) => "are those of this version",
        DatabaseAddress::Postgres(_) => "have no triggers and no rules (their columns were not compared)",
    };
    match schema::compare(store).await {
        Ok(Comparison { differences, other_tables }) => {
            let mut checks: Vec<_> = differences
                .into_iter()
                .map(|text| {
                    let text = format!("{text}: another program has changed the database; undo the change");
                    Check::new(name, Verdict::Problem, text)
                })
                .collect();
            if checks.is_empty() {
                checks.push(Check::new(name, Verdict::Ok, ok_text));
            }
            if !other_tables.is_empty() {
                let text = format!("of other programs are in the database, too: {}", other_tables.join(", "));
                checks.push(Check::new(name, Verdict::Ok, text));
            }
            checks
        }
        Err(error) => vec![Check::new(name, Verdict::Problem, error.to_string())],
    }
}

fn clock(newest: Result<Option<Timestamp>, StoreError>) -> Check {
    let now = SystemClock.now();
    let remedy = "sessions will end too early or too late; synchronize the machine's clock (NTP)";
    match newest {
        _ if now < EARLIEST => {
            Check::new("clock", Verdict::Problem, format!("says {now}, which is in the past: {remedy}"))
        }
        Ok(Some(newest)) if newest > now.after(TOLERANCE) => {
            let text = format!("says {now}, but the database has {newest}, so it was set back or was wrong: {remedy}");
            Check::new("clock", Verdict::Problem, text)
        }
        Ok(_) => Check::new("clock", Verdict::Ok, format!("says {now}, and the database has no later time")),
        Err(error) => Check::new("clock", Verdict::Problem, error.to_string()),
    }
}
