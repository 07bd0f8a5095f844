//! The record of Latchkey's migrations moves from the application's table into one of its own, whole and once.

use super::copied;
use super::from_0011::FROM_0011;
use crate::support::command::{latchkey, run};
use crate::support::{older, start_and_stop};
use latchkey_core::store::{OpenError, Store};
use sqlx::migrate::MigrateError;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use std::path::Path;
use tempfile::TempDir;

fn url(data: &Path) -> String {
    format!("sqlite://{}?mode=rw", data.join("latchkey.db").display())
}

async fn connect(data: &Path) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(&url(data)).await.unwrap()
}

async fn change(data: &Path, statements: &'static str) {
    let mut connection = connect(data).await;
    connection.execute(statements).await.unwrap();
    connection.close().await.unwrap();
}

/// What is recorded in a table: versions, moments and checksums. `None` without the table.
async fn recorded(data: &Path, table: &str) -> Option<Vec<(i64, String, Vec<u8>)>> {
    let mut connection = connect(data).await;
    let query = format!("SELECT version, CAST(installed_on AS TEXT), checksum FROM {table} ORDER BY version");
    let rows = sqlx::query_as(sqlx::AssertSqlSafe(query)).fetch_all(&mut connection).await.ok();
    connection.close().await.unwrap();
    rows
}

fn versions(recorded: Option<Vec<(i64, String, Vec<u8>)>>) -> Vec<i64> {
    recorded.unwrap().into_iter().map(|(version, ..)| version).collect()
}

/// Both tables, as they are after the first start of this version.
async fn assert_taken_over(data: &Path) {
    assert_eq!(versions(recorded(data, "_latchkey_migrations").await), (1..=12).collect::<Vec<_>>());
    let own: Vec<_> = latchkey::tables::MIGRATIONS.iter().map(|step| step.version).collect();
    assert_eq!(versions(recorded(data, "_sqlx_migrations").await), own);
}

#[tokio::test]
async fn first_start_moves_the_record_and_a_second_changes_nothing() {
    let (data, _) = copied(FROM_0011);
    let before = recorded(data.path(), "_sqlx_migrations").await.unwrap();
    start_and_stop(data.path()).await.unwrap();
    assert_taken_over(data.path()).await;
    let moved = recorded(data.path(), "_latchkey_migrations").await.unwrap();
    let moments = |rows: &[(i64, String, Vec<u8>)]| rows.iter().map(|(_, at, _)| at.clone()).collect::<Vec<_>>();
    assert_eq!(moments(&moved[..11]), moments(&before));
    assert_eq!(moved[1..11], before[1..], "only the first has changed: it does not make the customers any more");
    assert_ne!(moved[0].2, before[0].2);

    start_and_stop(data.path()).await.unwrap();
    assert_taken_over(data.path()).await;
    assert_eq!(recorded(data.path(), "_latchkey_migrations").await.unwrap(), moved);
    // The tables of the customers and of both records are as a new database has them.
    let said = run(latchkey(data.path()).arg("doctor")).stdout;
    assert!(said.contains("tables       are those of this version") && !said.contains("other programs"), "{said}");
}

#[tokio::test]
async fn database_of_five_migrations_gets_the_others() {
    let (data, _) = copied("tests/server/upgrade/migration_0005");
    start_and_stop(data.path()).await.unwrap();
    assert_taken_over(data.path()).await;
}

#[tokio::test]
async fn command_before_the_first_start_changes_nothing() {
    let (data, _) = copied(FROM_0011);
    let error = run(latchkey(data.path()).args(["user", "list"])).failed(1);
    assert!(error.contains("is not up to date") && error.contains("start the server"), "{error}");
    assert_eq!(recorded(data.path(), "_latchkey_migrations").await, None);
    run(latchkey(data.path()).args(["backup", "copy.db"])).done();
    let said = run(latchkey(data.path()).args(["restore", "copy.db"])).done();
    assert!(!said.contains("tables that are not Latchkey's"), "{said}");
    assert_taken_over(data.path()).await;
}

#[tokio::test]
async fn move_that_fails_midway_leaves_the_record_as_it_was() {
    let (data, _) = copied(FROM_0011);
    let before = recorded(data.path(), "_sqlx_migrations").await;
    change(
        data.path(),
        "CREATE TRIGGER fails BEFORE DELETE ON _sqlx_migrations WHEN OLD.version = 7
         BEGIN SELECT RAISE(ABORT, 'midway'); END",
    )
    .await;
    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("midway"), "{error}");
    assert_eq!(recorded(data.path(), "_sqlx_migrations").await, before);
    assert_eq!(recorded(data.path(), "_latchkey_migrations").await, None);
    change(data.path(), "DROP TRIGGER fails").await;
    start_and_stop(data.path()).await.unwrap();
    assert_taken_over(data.path()).await;
}

/// As after a database was put together by hand, or a start that ended between two steps.
#[tokio::test]
async fn record_that_is_moved_in_part_is_completed() {
    for statements in [
        // Moved, and the application's first migration has not run.
        "DELETE FROM _sqlx_migrations",
        "DROP TABLE _sqlx_migrations",
        // Moved, and some are recorded at the old place as well.
        "INSERT INTO _sqlx_migrations SELECT * FROM _latchkey_migrations WHERE version IN (2, 3, 11)",
        // At the old place alone.
        "INSERT INTO _sqlx_migrations SELECT * FROM _latchkey_migrations WHERE version BETWEEN 2 AND 11;
         DELETE FROM _latchkey_migrations WHERE version BETWEEN 2 AND 11",
    ] {
        let (data, _) = copied(FROM_0011);
        start_and_stop(data.path()).await.unwrap();
        change(data.path(), statements).await;
        start_and_stop(data.path()).await.unwrap_or_else(|error| panic!("{statements}: {error}"));
        assert_taken_over(data.path()).await;
    }
}

#[tokio::test]
async fn unknown_row_beside_ours_is_refused_and_nothing_moves() {
    for statement in [
        "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 5",
        "INSERT INTO _sqlx_migrations VALUES (9999, 'x', 0, 1, x'00', 0)",
    ] {
        let (data, _) = copied(FROM_0011);
        change(data.path(), statement).await;
        let before = recorded(data.path(), "_sqlx_migrations").await;
        let error = start_and_stop(data.path()).await.unwrap_err();
        assert!(error.contains("newer version of Latchkey"), "{statement}: {error}");
        assert_eq!(recorded(data.path(), "_sqlx_migrations").await, before, "{statement}");
        assert_eq!(recorded(data.path(), "_latchkey_migrations").await, None, "{statement}");
    }
}

/// What the version before does with its migrations when it starts.
async fn start_of_the_version_before(data: &Path) -> Result<(), MigrateError> {
    let mut connection = connect(data).await;
    let outcome = older::migrations(11).run(&mut connection).await;
    connection.close().await.unwrap();
    outcome
}

#[tokio::test]
async fn previous_version_refuses_a_database_taken_over() {
    let (data, _) = copied(FROM_0011);
    start_of_the_version_before(data.path()).await.unwrap();
    start_and_stop(data.path()).await.unwrap();
    let refused = start_of_the_version_before(data.path()).await.unwrap_err();
    assert!(matches!(refused, MigrateError::VersionMissing(12)), "{refused}");
    // It also fails between the move and the application's first migration.
    change(data.path(), "DELETE FROM _sqlx_migrations").await;
    start_of_the_version_before(data.path()).await.unwrap_err();
    assert_eq!(versions(recorded(data.path(), "_sqlx_migrations").await), [0; 0]);
    start_and_stop(data.path()).await.unwrap();
    assert_taken_over(data.path()).await;
}

#[tokio::test]
async fn database_with_user_fields_is_refused_by_the_version_before() {
    let (data, _) = copied(FROM_0011);
    start_and_stop(data.path()).await.unwrap();
    // What a version knows that has not got the newest of these steps.
    change(data.path(), "UPDATE _latchkey_migrations SET version = 13 WHERE version = 12").await;
    let before = recorded(data.path(), "_latchkey_migrations").await;
    let error = start_and_stop(data.path()).await.unwrap_err();
    assert!(error.contains("newer version of Latchkey"), "{error}");
    assert_eq!(recorded(data.path(), "_latchkey_migrations").await, before);
}

#[tokio::test]
async fn host_that_runs_its_own_migrations_keeps_its_rows() {
    let host = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
                    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
                    checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);
                INSERT INTO _sqlx_migrations VALUES (13, 'host', 0, 1, x'07', 0), (9999, 'host', 0, 1, x'07', 0)";
    // An application that begins with Latchkey now, and one that was built on an earlier version.
    let (new, (earlier, _)) = (TempDir::new().unwrap(), copied(FROM_0011));
    std::fs::write(new.path().join("latchkey.db"), "").unwrap();
    change(new.path(), host).await;
    change(new.path(), "INSERT INTO _sqlx_migrations VALUES (1, 'host', 0, 1, x'07', 0)").await;
    change(new.path(), "CREATE TABLE customers (host TEXT)").await;
    change(earlier.path(), host).await;
    for (data, used_before, kept) in [(&new, false, &[1, 13, 9999][..]), (&earlier, true, &[13, 9999])] {
        for _ in 0..2 {
            Store::open(&url(data.path()), used_before, None).await.unwrap().close().await;
            assert_eq!(versions(recorded(data.path(), "_latchkey_migrations").await), (1..=12).collect::<Vec<_>>());
            assert_eq!(versions(recorded(data.path(), "_sqlx_migrations").await), kept);
        }
        Store::open_without_migrating(&url(data.path()), None).await.unwrap().close().await;
        // Latchkey's own application does not take such a database for its own.
        let refused = Store::open(&url(data.path()), true, Some(&latchkey::tables::MIGRATIONS)).await;
        assert!(matches!(refused, Err(OpenError::Newer)));
    }
}
