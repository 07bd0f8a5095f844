//! `latchkey restore FILE`: replaces the database with a backup and ends all sessions.
//!
//! The copy is completed under a temporary name, then the old database is renamed, then the copy. So a crash leaves the
//! old database, or the new one, or none; in the last case the next start fails with [`StartupError::RestoreInterrupted`].
//!
//! [`StartupError::RestoreInterrupted`]: latchkey_axum::startup::StartupError::RestoreInterrupted

use super::backup::sync_folder;
use super::failure::Failure;
use super::work::{count, print, printable, runtime};
use crate::config::FileOptions;
use crate::tables;
use latchkey_axum::jobs;
use latchkey_axum::settings::DatabaseAddress;
use latchkey_axum::startup::{self, RESTORING, with_suffix};
use latchkey_core::clock::{Clock as _, SystemClock};
use latchkey_core::database::Database;
use latchkey_core::random::SystemRandom;
use latchkey_core::sessions::SessionAdmin;
use latchkey_core::store::schema::{self, Comparison};
use latchkey_core::store::{self, OpenError, Store, StoreError, integrity};
use latchkey_wire::EndReason;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub const AFTER_HELP: &str = "\
Stop the server first. The database that is there now is kept, under a name that ends in the time.

All users sign in again: it is unknown which sessions were ended, or which refresh tokens were used, since the backup, \
so every session in it ends, and tokens of them are refused from then on. What else has changed since is as it was then: \
accounts deleted since are there again, old passwords count again, disabled accounts may be enabled. Look through \
`latchkey user list`.

The keyring is not in a backup and is left as it is. On a new machine, put your copy of it in its place before the start; \
without one the start makes a new keyring, which is as good, since no user is signed in.

A file is refused if its tables or indexes differ from those that this version makes, or if it has a trigger or a view that \
touches them: another program has changed it. Other tables in it are listed and left alone.

Examples:
  systemctl stop latchkey && latchkey restore /backup/latchkey-2026-11-21.db && systemctl start latchkey
  latchkey restore data/latchkey.db.before-restore-20261121T101500Z    undo a restore";

/// Restores the database.
pub fn run(file: &Path, files: &FileOptions) -> Result<(), Failure> {
    let address = files.database()?;
    let Some(path) = address.path() else {
        return Err(Failure::could_not(
            "the rows are in PostgreSQL: restore them with pg_restore or psql, the server stopped; then run `latchkey \
             session revoke --all` before you start it, because sessions that have ended since would be valid again",
        ));
    };
    // Checked before `lock_data`, which would create a folder whose name is mistyped. Opening a pipe would block.
    if !fs::metadata(file).map_err(|cause| not_copied(file, cause))?.is_file() {
        return Err(not_copied(file, "it is not a file"));
    }
    let lock = startup::lock_data(&files.folder.check()?, &address).map_err(Failure::could_not)?;
    // Follows a symbolic link, so that the link is not replaced by the file.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let draft = with_suffix(&path, RESTORING);

    let prepared = copy(file, &draft, &path).and_then(|()| prepare(&draft, file));
    let (ended, others) = prepared.inspect_err(|_| drop(clear(&draft)))?;
    let kept = replace_database(&path, &draft).map_err(|cause| {
        Failure::could_not(format!(
            "the database {} could not be replaced ({cause}): fix the permissions of its folder and run this again",
            path.display()
        ))
    })?;
    drop(lock);

    let kept = kept.map_or(String::new(), |kept| format!("The previous database is now {}.\n", kept.display()));
    let others = match others.is_empty() {
        true => String::new(),
        false => format!("It also holds tables that are not Latchkey's: {}.\n", printable(&others.join(", "))),
    };
    let keyring = files.keyring()?;
    let hint = match keyring.exists() {
        true => String::new(),
        false => format!(
            "The keyring {} is not there: put your copy of it in its place now,\nor the next start makes a new one.\n",
            keyring.display()
        ),
    };
    print(&format!(
        "Restored the database {} from {}.\n{kept}{} in it ended: all users sign in again. Accounts deleted since the \
         backup are there again,\nand passwords changed since are as they were: look through `latchkey user list`.\n{others}{hint}",
        path.display(),
        file.display(),
        count(ended, "session"),
    ))
}

fn not_copied(file: &Path, cause: impl std::fmt::Display) -> Failure {
    Failure::could_not(format!("{} could not be copied: {cause}", file.display()))
}

/// Copies the backup, and its write-ahead log if there is one, to files that only the server's user can read.
fn copy(file: &Path, draft: &Path, database: &Path) -> Result<(), Failure> {
    let failed = |cause: io::Error| not_copied(file, cause);
    if fs::canonicalize(file).map_err(failed)? == database {
        return Err(not_copied(file, "it is the database itself"));
    }
    clear(draft).map_err(failed)?;
    // Root may run this, but the server's user must own the files.
    let folder = draft.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let owner = fs::metadata(database).or_else(|_| fs::metadata(folder)).map_err(failed)?;
    for ending in ["", "-wal"] {
        let from = match File::open(with_suffix(file, ending)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && ending == "-wal" => continue,
            opened => opened.map_err(failed)?,
        };
        let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(with_suffix(draft, ending));
        let to = to.as_mut().map_err(|error| not_copied(file, error))?;
        if to.metadata().map_err(failed)?.uid() != owner.uid() {
            fchown(&*to, Some(owner.uid()), Some(owner.gid())).map_err(failed)?;
        }
        io::copy(&mut &from, to).map_err(failed)?;
        to.sync_all().map_err(failed)?;
    }
    Ok(())
}

/// Migrates the copy to this version, checks it and its tables, and ends all sessions. Returns the number of these
/// sessions, and the names of tables that are not Latchkey's.
fn prepare(draft: &Path, file: &Path) -> Result<(usize, Vec<String>), Failure> {
    let refused = |cause: OpenError| {
        let file = file.display();
        Failure::could_not(match cause {
            OpenError::Damaged | OpenError::Emptied | OpenError::NameTaken { .. } => {
                format!("{file} is not a sound database of Latchkey: use another backup")
            }
            OpenError::Newer => format!("{file} is from a newer version of Latchkey: restore it with that version"),
            other => format!("{file} {other}"),
        })
    };
    let url = DatabaseAddress::Sqlite(draft.to_owned()).url().unwrap_or_default();
    let work = async || -> Result<_, Failure> {
        let store = Store::open(&url, true, Some(&tables::MIGRATIONS)).await.map_err(refused)?;
        let database = Database { store, clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) };
        let prepared = end_sessions(&database, file).await;
        database.store.close().await;
        let prepared = prepared?;
        integrity::examine_file(&url).await.map_err(refused)?;
        Ok(prepared)
    };
    let prepared = runtime()?.block_on(work())?;
    if with_suffix(draft, "-wal").exists() {
        return Err(not_copied(file, "its write-ahead log could not be merged into it"));
    }
    File::open(draft).and_then(|draft| draft.sync_all()).map_err(|cause| not_copied(file, cause))?;
    Ok(prepared)
}

async fn end_sessions(database: &Database, file: &Path) -> Result<(usize, Vec<String>), Failure> {
    let failed = |cause: StoreError| not_copied(file, cause);
    // Checked first, because a trigger could keep sessions alive or restore them later.
    let Comparison { differences, other_tables } = schema::compare(&database.store).await.map_err(failed)?;
    if !differences.is_empty() {
        return Err(Failure::could_not(format!(
            "{} has been changed by another program: {}. Use another backup, or undo these changes",
            file.display(),
            printable(&differences.join("; "))
        )));
    }
    let ended =
        SessionAdmin::new(database).revoke_all(EndReason::Restored).await.map_err(|cause| not_copied(file, cause))?;
    jobs::finish::finish(database).await.map_err(failed)?;
    if store::sessions::any_not_ended(&database.store).await.map_err(failed)? {
        let problem = "sessions in it cannot be ended: take another backup";
        return Err(Failure::could_not(format!("{}: {problem}", file.display())));
    }
    Ok((ended, other_tables))
}

/// Renames the current database, if there is one, and puts the copy in its place. Returns the new name of the old one.
fn replace_database(path: &Path, draft: &Path) -> io::Result<Option<PathBuf>> {
    sync_folder(draft)?;
    let time: String = SystemClock.now().to_string().chars().filter(|c| !"-:".contains(*c)).collect();
    let kept = with_suffix(path, &format!(".before-restore-{time}"));
    if kept.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    // The write-ahead log may contain the last transactions, so it moves with its database. It is linked first, so that
    // a crash cannot separate the two.
    let (log, kept_log) = (with_suffix(path, "-wal"), with_suffix(&kept, "-wal"));
    let linked = fs::hard_link(&log, &kept_log).is_ok();
    let moved = rename(path, &kept)?;
    if !linked {
        rename(&log, &kept_log)?;
    }
    remove(&log)?;
    remove(&with_suffix(path, "-shm"))?;
    sync_folder(path)?;
    fs::rename(draft, path)?;
    sync_folder(path)?;
    Ok(moved.then_some(kept))
}

/// Returns whether the file existed.
fn rename(from: &Path, to: &Path) -> io::Result<bool> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        renamed => renamed.map(|()| true),
    }
}

/// Removes the files of an earlier, interrupted restore.
fn clear(draft: &Path) -> io::Result<()> {
    ["", "-wal", "-shm", "-journal"].into_iter().try_for_each(|ending| remove(&with_suffix(draft, ending)))
}

fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}
