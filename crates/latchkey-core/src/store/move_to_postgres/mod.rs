//! Copies all rows of a SQLite database to an empty PostgreSQL database.
//!
//! One transaction creates the tables, writes the rows and compares them with the source, so a move that is interrupted or
//! fails leaves none of them. A mark ([`move_mark`]) then keeps servers from starting on the database, until the move has
//! been run again.

mod checksum;
mod error;
mod source;
mod tables;
mod target;

pub use error::MoveError;

use super::connection::Connection;
use super::{Store, migrations, move_mark};
use checksum::Checksum;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use tables::Table;

/// What a move has just done.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// Copied some rows of a table.
    Copied {
        /// The table.
        table: &'a str,
        /// The rows copied so far.
        copied: u64,
        /// The number of rows of the table.
        rows: u64,
    },
    /// Copied all rows, and begins to compare them.
    Comparing,
}

/// Moves the rows of `source` to the PostgreSQL database at `url`. Meanwhile no program can write to the source, which is
/// not changed. Tables of other programs are not copied; their names are returned.
///
/// # Errors
/// [`MoveError`]. If the copy fails, it is rolled back, and servers do not start on the target until a move succeeds. If
/// only the response to COMMIT was lost, the rows are there, and the next move fails with [`MoveError::NotEmpty`].
pub async fn move_to_postgres(
    source: &Store,
    url: &str,
    mut report: impl FnMut(Progress<'_>),
) -> Result<Vec<String>, MoveError> {
    let other_tables = source::check(source).await?;
    let mut source_tx = source.begin().await?;
    let Connection::Sqlite(source_connection) = source_tx.connection() else { return Err(MoveError::NotSqlite) };
    let mut target = target::connect(url).await?;
    target::lock(&mut target).await?;
    target::assert_empty(&mut target).await?;
    move_mark::set(&mut target).await?;

    let mut tx = target.begin().await?;
    migrations::run(&mut Connection::Postgres(&mut tx), source.application).await.map_err(MoveError::Tables)?;
    let tables = tables::read(&mut tx).await?;
    // A migration may have added rows, which the source has as well, or has deleted since.
    target::truncate(&mut tx, &tables).await?;
    let mut expected = Vec::new();
    for table in &tables {
        expected.push(copy(table, source_connection, &mut tx, &mut report).await?);
    }
    report(Progress::Comparing);
    for (table, expected) in tables.iter().zip(expected) {
        let found = target::checksum(&mut tx, table).await?;
        if found != expected {
            return Err(MoveError::Differs {
                table: table.name.clone(),
                in_sqlite: expected.rows,
                in_postgres: found.rows,
            });
        }
    }
    target::analyze(&mut tx, &tables).await?;
    move_mark::remove(&mut tx).await?;
    tx.commit().await?;
    // The rows are there, whatever becomes of the connection.
    let _ = target.close().await;
    Ok(other_tables)
}

/// Copies the rows of a table, and returns the checksum of what was read.
async fn copy(
    table: &Table,
    source: &mut SqliteConnection,
    target: &mut PgConnection,
    report: &mut impl FnMut(Progress<'_>),
) -> Result<Checksum, MoveError> {
    let rows = source::count(source, table).await?;
    let (mut checksum, mut last) = (Checksum::default(), None);
    loop {
        let batch = source::batch(source, table, last).await?;
        last = batch.last().map(|row| row.id);
        for row in &batch {
            checksum.add(&row.values);
        }
        if last.is_some() {
            target::insert(target, table, batch).await?;
        }
        if last.is_some() || checksum.rows == 0 {
            report(Progress::Copied { table: &table.name, copied: checksum.rows, rows });
        }
        if last.is_none() {
            break;
        }
    }
    match checksum.rows == rows {
        true => Ok(checksum),
        false => Err(MoveError::SourceDamaged(format!(
            "it returned {} of {rows} rows of the table {}",
            checksum.rows, table.name
        ))),
    }
}
