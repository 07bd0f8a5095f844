//! The database's file.

use super::COMMANDS;
use crate::support::Server;
use crate::support::command::{latchkey, run};
use std::fs;
use tempfile::TempDir;

/// It prepares the upgrade.
#[tokio::test]
async fn backup_of_an_older_database_works() {
    let server = Server::start().await;
    server.tamper("DELETE FROM _latchkey_migrations WHERE version = 5").await;
    server.command(&["user", "list"]).failed(1);
    server.command(&["backup", "copy.db"]).done();
}

#[tokio::test]
async fn command_without_a_database_fails_and_creates_none() {
    let folder = TempDir::new().unwrap();
    for arguments in COMMANDS {
        let error = run(latchkey(folder.path()).args(arguments)).failed(1);
        assert!(error.contains("does not exist"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "and none is made");
    }
    fs::write(folder.path().join("latchkey.db"), "").unwrap();
    for arguments in COMMANDS {
        assert!(run(latchkey(folder.path()).args(arguments)).failed(1).contains("is empty"));
    }
    assert_eq!(fs::metadata(folder.path().join("latchkey.db")).unwrap().len(), 0);
}
