//! `latchkey compact`: rewrites the database file without its unused pages.

use super::failure::Failure;
use super::work::{free_bytes, print, runtime};
use crate::config::FileOptions;
use latchkey_axum::startup::{self, StartupError, with_suffix};
use latchkey_core::store::space;
use std::fs;
use std::path::Path;

pub const AFTER_HELP: &str = "\
Stop the server first. The file is rewritten in one step, so a crash leaves it as it was. Meanwhile two copies of it need \
room in its folder, and nowhere else: one in its write-ahead log, one in a temporary file that no other program can open \
and that is gone when the command ends, however it ends.

When it is useful:
  - once, for a database that keeps its unused pages because an earlier version of Latchkey made it: after that, a running \
server gives them back by itself
  - after very many rows have been deleted, when the room is needed now
  - to be rid of what earlier versions left of deleted accounts in unused parts of the file; copies in old backups stay

It changes no row, and signs no user out. Compact a PostgreSQL database with its own VACUUM.

Example:
  systemctl stop latchkey && latchkey compact && systemctl start latchkey";

/// Compacts the database.
pub fn run(files: &FileOptions) -> Result<(), Failure> {
    let address = files.database()?;
    let Some(path) = address.path() else {
        return Err(Failure::could_not("the rows are in PostgreSQL: use its own VACUUM FULL"));
    };
    // Checked before `lock_data`, which would create the folder.
    let there = fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0);
    if !there {
        return Err(Failure::could_not(StartupError::NoDatabase { path: path.to_owned() }));
    }
    let lock = startup::lock_data(&files.folder.check()?, &address).map_err(Failure::could_not)?;
    let before = size(path);
    let folder = startup::folder_of(path)
        .ok_or_else(|| Failure::could_not(format!("the folder of {} cannot be found", path.display())))?;
    check_free_space(&folder, before.saturating_mul(2))?;
    let url = address.url().unwrap_or_default();
    runtime()?.block_on(space::compact(&url, &folder)).map_err(|cause| {
        Failure::could_not(format!("the database {} {cause}. Its rows are unchanged", path.display()))
    })?;
    let after = size(path);
    drop(lock);
    print(&format!(
        "Compacted the database {}: {} before, {} now.\n",
        path.display(),
        kilobytes(before),
        kilobytes(after)
    ))
}

/// The size of the file and its write-ahead log, in bytes.
fn size(path: &Path) -> u64 {
    [path.to_owned(), with_suffix(path, "-wal")]
        .iter()
        .map(|file| fs::metadata(file).map_or(0, |file| file.len()))
        .sum()
}

fn kilobytes(bytes: u64) -> String {
    format!("{} kB", bytes.div_ceil(1024))
}

fn check_free_space(folder: &Path, needed: u64) -> Result<(), Failure> {
    let Some(free) = free_bytes(folder).filter(|free| *free < needed) else { return Ok(()) };
    Err(Failure::could_not(format!(
        "{} has {} free, but two copies of the database need {}: free some disk space first",
        folder.display(),
        kilobytes(free),
        kilobytes(needed)
    )))
}
