//! `latchkey move --to URL`: copies the rows of the SQLite database to a PostgreSQL database.

use super::failure::Failure;
use super::work::{count, print, printable, runtime};
use crate::config::{FileOptions, without_secret};
use crate::server::startup::open_existing;
use latchkey_axum::startup::{self, StartupError};
use latchkey_core::store::move_to_postgres::{Progress, move_to_postgres};
use std::fs;

pub const AFTER_HELP: &str = "\
Stop the server first. Every row is copied to PostgreSQL and read back; if a table then has other rows than the one in \
SQLite, by their number or by a checksum of their content, none are kept. The SQLite database is not changed.

The target must be a database without tables, with the encoding UTF8. Its name and user may be in the address; leave out the \
password, which other users of this machine could read, and put it into the variable PGPASSWORD or the file ~/.pgpass.

A move that fails or is interrupted leaves no rows. Run the command again: it starts from the beginning. Until it succeeds, \
a server does not start on that database.

Then set LATCHKEY_DATABASE_URL and start the server. Users stay signed in, because the keyring stays where it is. Do not \
start a server on the SQLite database again: sessions that have ended since would be valid there.

Examples:
  createdb --owner latchkey --encoding UTF8 --template template0 latchkey
  systemctl stop latchkey && latchkey move --to postgres://latchkey@localhost/latchkey";

/// A line of progress is printed for so many rows of a table.
const ROWS_A_LINE: u64 = 100_000;

/// Moves the rows.
pub fn run(to: &str, files: &FileOptions) -> Result<(), Failure> {
    if !to.starts_with("postgres://") && !to.starts_with("postgresql://") {
        let problem =
            "--to must be the address of a PostgreSQL database, such as postgres://latchkey@localhost/latchkey";
        return Err(Failure::Usage(problem.to_owned()));
    }
    let address = files.database()?;
    let keyring = files.keyring()?;
    let Some(path) = address.path() else {
        return Err(Failure::could_not(
            "the rows are in PostgreSQL already: move them to another database with pg_dump and psql, and leave out \
             LATCHKEY_DATABASE_URL here if you mean the SQLite database in the data folder",
        ));
    };
    // Checked before `lock_data`, which would create the folder.
    if !fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0) {
        return Err(Failure::could_not(StartupError::NoDatabase { path: path.to_owned() }));
    }
    let lock = startup::lock_data(&files.folder.check()?, &address).map_err(Failure::could_not)?;
    let others = runtime()?.block_on(async {
        let source = open_existing(&address).await.map_err(Failure::could_not)?;
        let moved = move_to_postgres(&source, to, show).await;
        source.close().await;
        moved.map_err(|cause| Failure::could_not(printable(&cause.to_string())))
    })?;
    drop(lock);

    let others = match others.is_empty() {
        true => String::new(),
        false => format!("Not moved, because other programs made them: {}.\n", printable(&others.join(", "))),
    };
    print(&format!(
        "Moved the database {} to {}: each table has the same rows in both.\n{others}\
         Next: set LATCHKEY_DATABASE_URL to that address, leave the keyring {} where it is, and start the server.\n\
         Do not start a server on the SQLite database again: sessions that have ended since would be valid there.\n",
        path.display(),
        without_secret(to),
        keyring.display(),
    ))
}

/// Prints the progress. The result of the command does not depend on it.
fn show(progress: Progress<'_>) {
    let _ = match progress {
        Progress::Copied { table, copied, rows } if copied == rows => {
            print(&format!("copied {table}: {}\n", count(usize::try_from(rows).unwrap_or(usize::MAX), "row")))
        }
        Progress::Copied { table, copied, rows } if copied.is_multiple_of(ROWS_A_LINE) => {
            print(&format!("copying {table}: {copied} of {rows} rows\n"))
        }
        Progress::Copied { .. } => Ok(()),
        Progress::Comparing => print("comparing all rows\n"),
    };
}
