//! Earlier versions recorded Latchkey's migrations in the application's table. This module moves those rows.
//!
//! The rows are moved, not copied, for two reasons. The application then finds its table as sqlx expects it, without
//! the migrations of another program. And an earlier version, which looks there for its migrations, refuses to open a
//! database that this version has changed.

use super::connection::Connection;
use super::open_error::OpenError;
use super::statement;
use super::steps::{AppliedStep, MIGRATIONS, OWN_TABLE};
use sqlx::Connection as _;
use sqlx::migrate::{Migrate as _, Migration};

/// The last migration that a version recorded there.
const LAST: i64 = 11;

/// The SHA-384 checksum of the first migration as it was then; it also created the application's table `customers`.
#[rustfmt::skip]
const FIRST: [u8; 48] = [
    0x54, 0xe7, 0x54, 0xed, 0x82, 0xec, 0x66, 0xc9, 0x76, 0xbf, 0x98, 0x74, 0xef, 0xbb, 0x07, 0xb4,
    0x94, 0x3c, 0x4d, 0xf5, 0x0a, 0x1a, 0x54, 0x8b, 0xa1, 0xfe, 0x50, 0x44, 0xcf, 0x8e, 0x04, 0x37,
    0x78, 0xae, 0x02, 0xbf, 0x29, 0x62, 0x1c, 0xb5, 0x05, 0x7d, 0x22, 0x21, 0x7a, 0xd1, 0x76, 0x0d,
];

/// The checksum that a migration had in those versions.
fn checksum(step: &Migration) -> &[u8] {
    if step.version == 1 { &FIRST } else { &step.checksum }
}

fn steps() -> impl Iterator<Item = &'static Migration> {
    MIGRATIONS.iter().filter(|step| step.version <= LAST)
}

/// Whether this is one of Latchkey's migrations as it was in those versions.
pub fn is_known(applied: &AppliedStep) -> bool {
    steps().any(|step| step.version == applied.version && checksum(step) == applied.checksum)
}

/// Whether Latchkey's first step is recorded in the application's table, which must exist.
pub async fn is_in(connection: &mut Connection<'_>) -> Result<bool, sqlx::Error> {
    let query = statement("SELECT version, checksum FROM _sqlx_migrations WHERE version = 1");
    let first: Option<AppliedStep> = query.optional_row(connection).await?;
    Ok(first.is_some_and(|first| is_known(&first)))
}

/// Splits the rows of the application's table into Latchkey's and the others. Where Latchkey's first step is recorded, the
/// numbers up to the last one were Latchkey's, known or not.
pub fn split(rows: Vec<AppliedStep>) -> (Vec<AppliedStep>, Vec<AppliedStep>) {
    let has_first = rows.iter().any(|applied| applied.version == 1 && applied.checksum == FIRST);
    rows.into_iter().partition(|applied| is_known(applied) || has_first && applied.version <= LAST)
}

/// Moves Latchkey's rows into Latchkey's own table, in one transaction.
///
/// # Errors
/// If the database cannot be written.
pub async fn take_over(connection: &mut Connection<'_>) -> Result<(), OpenError> {
    match connection.reborrow() {
        Connection::Sqlite(connection) => {
            let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
            tx.ensure_migrations_table(OWN_TABLE).await?;
            move_rows(&mut Connection::Sqlite(&mut tx)).await?;
            Ok(tx.commit().await?)
        }
        Connection::Postgres(connection) => {
            let mut tx = connection.begin().await?;
            tx.ensure_migrations_table(OWN_TABLE).await?;
            move_rows(&mut Connection::Postgres(&mut tx)).await?;
            Ok(tx.commit().await?)
        }
    }
}

async fn move_rows(connection: &mut Connection<'_>) -> Result<(), sqlx::Error> {
    for step in steps() {
        statement(
            "INSERT INTO _latchkey_migrations (version, description, installed_on, success, checksum, execution_time)
             SELECT version, description, installed_on, success, $3, execution_time
             FROM _sqlx_migrations WHERE version = $1 AND checksum = $2 ON CONFLICT (version) DO NOTHING",
        )
        .bind(step.version)
        .bind(checksum(step).to_vec())
        .bind(step.checksum.to_vec())
        .execute(&mut *connection)
        .await?;
        statement("DELETE FROM _sqlx_migrations WHERE version = $1 AND checksum = $2")
            .bind(step.version)
            .bind(checksum(step).to_vec())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(version: i64, checksum: &[u8]) -> AppliedStep {
        AppliedStep { version, checksum: checksum.to_vec() }
    }

    fn of_earlier_version() -> Vec<AppliedStep> {
        steps().map(|step| row(step.version, checksum(step))).collect()
    }

    #[test]
    fn rows_of_an_application_are_split_from_ours() {
        let (ours, theirs) = (of_earlier_version(), vec![row(100, &[7; 48]), row(101, &[8; 48])]);
        assert_eq!(ours.len(), 11);
        assert_eq!(split([ours.clone(), theirs.clone()].concat()), (ours, theirs));
        // The migrations of an application that was never built on an earlier version also begin at number 1.
        let theirs = vec![row(1, &[7; 48]), row(2, &[8; 48])];
        assert_eq!(split(theirs.clone()), (vec![], theirs));
    }

    #[test]
    fn changed_row_of_ours_is_not_an_application_row() {
        let mut rows = of_earlier_version();
        rows[4].checksum = vec![7; 48];
        let (ours, theirs) = split(rows);
        assert_eq!((ours.len(), theirs), (11, vec![]));
        assert!(!ours.iter().all(is_known));
    }
}
