//! Helpers for the commands: opening the database, and printing.

use super::failure::Failure;
use crate::server::startup;
use latchkey_axum::jobs;
use latchkey_axum::settings::DatabaseAddress;
use latchkey_core::clock::SystemClock;
use latchkey_core::database::Database;
use latchkey_core::random::SystemRandom;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// A runtime for a command, with one thread.
pub fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(Failure::could_not)
}

/// Runs `work` on the database, which must exist and be up to date; a server may be running on it.
pub fn with_database<T>(
    address: &DatabaseAddress,
    work: impl AsyncFnOnce(&Database) -> Result<T, Failure>,
) -> Result<T, Failure> {
    runtime()?.block_on(async {
        let store = startup::open_existing(address).await.map_err(Failure::could_not)?;
        let database = Database { store, clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) };
        let outcome = work(&database).await;
        database.store.close().await;
        outcome
    })
}

/// Writes bulk revocations into the rows of the sessions. An error is ignored, because the sessions have already ended,
/// and the server finishes the work.
pub async fn finish(database: &Database) {
    let _ = jobs::finish::finish(database).await;
}

/// The free bytes on the disk of a folder, if the system reports them.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Writes a command's result to standard output. A closed pipe is not an error: `head` closes it when it has read
/// enough. A full disk is one, because a script would use the incomplete file.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::could_not(format!("the work is done, but standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// A table with columns as wide as their contents.
pub fn table<const COLUMNS: usize>(heads: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    let heads = heads.map(str::to_owned);
    let lines: Vec<[String; COLUMNS]> =
        std::iter::once(&heads).chain(rows).map(|row| row.clone().map(|cell| printable(&cell))).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default() + 2;
    let widths: Vec<usize> = (0..COLUMNS).map(width).collect();
    lines.iter().fold(String::new(), |mut text, line| {
        for (cell, width) in line.iter().zip(&widths) {
            text.push_str(&format!("{cell:width$}"));
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
        text
    })
}

/// Replaces control characters, which could control the terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// "1 session", "2 sessions".
pub fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_aligned_and_without_control_characters() {
        let row = |one: &str, other: &str| [one.to_owned(), other.to_owned()];
        let text = table(["NAME", "ROLE"], &[row("Zoë", "Manager"), row("a\u{1b}[2J", "")]);
        assert_eq!(text, "NAME   ROLE\nZoë    Manager\na\u{fffd}[2J\n");
    }
}
