//! The first start on the files of the version before, ended at each write and each sync until the tables are up to date.

use crate::site::Site;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Beside the server tests, which say how these files were made.
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/upgrade/migration_0011");

/// The migrations of Latchkey's own tables.
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/latchkey-core/migrations");

/// A customer that demo mode has not made, and so does not take away.
const CUSTOMER: &str = "INSERT INTO customers (id, name) VALUES ('real', 'Real Customer')";

/// How many steps Latchkey's own table and the application's have, or `None` without the table. Of a copy, so that the
/// server finds the files as they were left.
async fn recorded(data: &Path) -> (Option<i64>, Option<i64>) {
    let copy = TempDir::new().unwrap();
    for name in ["latchkey.db", "latchkey.db-wal"] {
        // Without a log, all is in the database.
        let _ = fs::copy(data.join(name), copy.path().join(name));
    }
    let mut connection = connect(copy.path()).await;
    let own = sqlx::query_scalar("SELECT COUNT(*) FROM _latchkey_migrations").fetch_one(&mut connection).await.ok();
    let shared = sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&mut connection).await.ok();
    connection.close().await.unwrap();
    (own, shared)
}

async fn connect(data: &Path) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(&format!("sqlite://{}?mode=rw", data.join("latchkey.db").display())).await.unwrap()
}

async fn count(data: &Path, query: &'static str) -> i64 {
    let mut connection = connect(data).await;
    let count = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    count
}

#[test]
fn first_start_that_crashes_is_completed_by_the_next() {
    let runtime = Runtime::new().unwrap();
    let mut seen = Vec::new();
    let all = i64::try_from(latchkey::tables::MIGRATIONS.iter().count()).unwrap();
    let own = i64::try_from(fs::read_dir(MIGRATIONS).unwrap().count()).unwrap();
    let site = Site::with_shim();
    for call in 1.. {
        site.put_data(Path::new(FILES), &["latchkey.db", "keyring.json"]);
        runtime.block_on(async {
            let mut connection = connect(&site.data()).await;
            connection.execute(CUSTOMER).await.unwrap();
            connection.close().await.unwrap();
        });
        site.order(&format!("any {call} lose"));
        match site.try_start() {
            Ok(_ready) => panic!("it never ended with all of it done: {seen:?}"),
            Err(status) => assert_eq!(status.signal(), Some(9), "{status}\n{}", site.log()),
        }
        site.withdraw_order();
        let left = runtime.block_on(recorded(&site.data()));
        let is_known = match left {
            (None, Some(11)) => true,
            // Moved, and then followed by those that are newer.
            (Some(of_latchkey), Some(0)) => (11..=own).contains(&of_latchkey),
            (Some(of_latchkey), Some(of_application)) => of_latchkey == own && of_application <= all,
            _ => false,
        };
        assert!(is_known, "call {call}: {left:?}");
        seen.push(left);
        let is_complete = left == (Some(own), Some(all));

        let server = site.start();
        assert_eq!(server.api.log_in("ada").unwrap().status, 200, "call {call}");
        assert_eq!(runtime.block_on(recorded(&site.data())), (Some(own), Some(all)), "call {call}");
        server.kill();
        let names = "SELECT COUNT(*) FROM users WHERE username IN ('ada', 'bob', 'cleo', 'dora')";
        assert_eq!(runtime.block_on(count(&site.data(), names)), 4, "call {call}");
        let customers = "SELECT COUNT(*) FROM customers WHERE id = 'real'";
        assert_eq!(runtime.block_on(count(&site.data(), customers)), 1, "call {call}");
        if is_complete {
            break;
        }
    }
    println!("ended at {} calls", seen.len());
    for state in [(None, Some(11)), (Some(11), Some(0)), (Some(own), Some(0)), (Some(own), Some(all))] {
        assert!(seen.contains(&state), "no start ended with {state:?}: {seen:?}");
    }
}
