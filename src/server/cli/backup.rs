//! `latchkey backup FILE`: copies the database; a server may be running.

use super::failure::Failure;
use super::work::{print, runtime};
use crate::config::FileOptions;
use latchkey_axum::settings::DatabaseAddress;
use latchkey_axum::startup::{StartupError, with_suffix};
use latchkey_core::store::integrity;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, absolute};

pub const AFTER_HELP: &str = "\
The copy is the database as it was at one moment, though a server writes to it meanwhile. It is checked before it gets its \
name, and never written over a file that exists. Only its owner can read it: it holds password hashes.

The keyring is not in it. Copy that as well, after each `latchkey key rotate`, and keep it elsewhere: an attacker who has \
both can sign in as any user.

Examples:
  latchkey backup /backup/latchkey-$(date +%F).db
  latchkey restore /backup/latchkey-2026-11-21.db    the way back, with the server stopped";

/// Copies the database.
pub fn run(file: &Path, files: &FileOptions) -> Result<(), Failure> {
    let address = files.database()?;
    let keyring = files.keyring()?;
    let Some(path) = address.path() else {
        return Err(Failure::could_not(format!(
            "the rows are in PostgreSQL: back them up with pg_dump, and copy the keyring {}",
            keyring.display()
        )));
    };
    if !fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        return Err(Failure::could_not(StartupError::NoDatabase { path: path.to_owned() }));
    }
    if file.symlink_metadata().is_ok() {
        return Err(Failure::could_not(format!("{} is there already: name a new file", file.display())));
    }
    let draft = with_suffix(file, &format!(".draft-{}", std::process::id()));
    let written =
        write(&address, &draft).and_then(|()| publish(&draft, file).map_err(|cause| not_written(file, cause)));
    let _ = fs::remove_file(&draft);
    written?;

    let size = fs::metadata(file).map_or(0, |file| file.len()) / 1024;
    print(&format!(
        "Backed up the database {} to {} ({size} kB).\n\
         The keyring is not in it: copy {} as well, and keep it elsewhere than this file.\n",
        path.display(),
        file.display(),
        keyring.display()
    ))
}

fn not_written(file: &Path, cause: impl std::fmt::Display) -> Failure {
    Failure::could_not(format!("the backup {} could not be written: {cause}", file.display()))
}

/// Copies the database to a new file that only its owner can read, and checks the copy.
fn write(address: &DatabaseAddress, draft: &Path) -> Result<(), Failure> {
    let failed = |cause: io::Error| not_written(draft, cause);
    let draft = absolute(draft).map_err(failed)?;
    let name = draft.to_str().ok_or_else(|| not_written(&draft, "its path must be UTF-8"))?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(failed)?;
    let (from, to) =
        (address.url().unwrap_or_default(), DatabaseAddress::Sqlite(draft.clone()).url().unwrap_or_default());
    runtime()?.block_on(async {
        integrity::copy(&from, name).await.map_err(|cause| not_written(&draft, format!("the database {cause}")))?;
        integrity::examine_file(&to).await.map_err(|cause| not_written(&draft, format!("the copy {cause}")))
    })?;
    File::open(&draft).and_then(|draft| draft.sync_all()).map_err(failed)
}

/// Gives the draft its final name, without replacing an existing file.
fn publish(draft: &Path, file: &Path) -> io::Result<()> {
    fs::hard_link(draft, file).or_else(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Err(error),
        // Some file systems do not support hard links.
        _ if file.symlink_metadata().is_err() => fs::rename(draft, file),
        _ => Err(error),
    })?;
    sync_folder(file)
}

/// Syncs a file's folder, so that a rename in it survives a power failure.
pub fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
