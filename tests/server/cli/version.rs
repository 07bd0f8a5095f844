//! Commands never change the tables of a database, whatever version of the server uses it.

mod sqlite;

use crate::support::Server;
use crate::support::command::{latchkey, run};
use crate::support::start_and_stop;
use tempfile::TempDir;

const COMMANDS: [&[&str]; 4] = [&["prune"], &["user", "list"], &["session", "list"], &["session", "revoke", "--all"]];

#[tokio::test]
async fn command_refuses_a_database_of_another_version() {
    let server = Server::start().await;
    server.tamper("DELETE FROM _latchkey_migrations WHERE version = 5").await;
    let steps = "SELECT COUNT(*) FROM _latchkey_migrations";
    let before = server.sql(steps).await;
    for arguments in COMMANDS {
        let error = server.command(arguments).failed(1);
        assert!(error.contains("is not up to date") && error.contains("start the server"), "{error}");
    }
    assert_eq!(server.sql(steps).await, before);

    for (newer, undo) in [
        (
            "INSERT INTO _latchkey_migrations
             SELECT 9999, description, installed_on, success, checksum, execution_time FROM _latchkey_migrations WHERE version = 1",
            "DELETE FROM _latchkey_migrations WHERE version = 9999",
        ),
        (
            "INSERT INTO _sqlx_migrations
             SELECT 9999, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations",
            "SELECT 1",
        ),
    ] {
        server.tamper(newer).await;
        for arguments in COMMANDS {
            let error = server.command(arguments).failed(1);
            assert!(error.contains("newer version of Latchkey"), "{newer}: {error}");
        }
        server.tamper(undo).await;
    }
}

#[tokio::test]
async fn command_without_the_applications_tables_asks_for_a_start() {
    let server = Server::start().await;
    server.tamper("DELETE FROM _sqlx_migrations WHERE version = 12").await;
    for arguments in COMMANDS {
        let error = server.command(arguments).failed(1);
        assert!(error.contains("is not up to date"), "{error}");
    }
    let server = server.restart(&[]).await;
    server.command(&["user", "list"]).done();
}

#[tokio::test]
async fn help_omits_settings_that_the_command_does_not_use() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    for (arguments, not_taken) in [(&["prune"][..], "--keyring"), (&["key", "list"], "--database-url")] {
        let help = run(latchkey(folder.path()).args(arguments).arg("--help")).done();
        assert!(!help.contains(not_taken) && help.contains("--data-dir"), "{help}");
    }
}
