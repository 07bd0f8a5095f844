//! `latchkey move --to URL`. The tests in `postgres` move rows; these need no PostgreSQL.

mod postgres;

use crate::support::Server;
use crate::support::command::{latchkey, run};
use latchkey_core::clock::{Clock as _, SystemClock};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// The address of no server.
const NOWHERE: &str = "postgres://ada:hunter2@localhost:1/x";

/// `latchkey move` from the SQLite file in this folder.
fn move_command(data: &Path, to: &str) -> Command {
    let mut command = latchkey(data);
    command.env_remove("LATCHKEY_DATABASE_URL").args(["move", "--to", to]);
    command
}

/// A server on a SQLite file in this folder, whatever the engine of the tests is.
async fn serve_sqlite(data: TempDir) -> Server {
    let url = format!("--database-url=sqlite://{}", data.path().join("latchkey.db").display());
    Server::on(data, SystemClock.now().millis(), &[&url]).await
}

#[tokio::test]
async fn move_beside_a_running_server_is_refused() {
    let server = serve_sqlite(TempDir::new().unwrap()).await;
    let tokens = server.register("ada").await;
    let error = run(&mut move_command(server.data.path(), NOWHERE)).failed(1);
    assert!(error.contains("is in use by another Latchkey") && error.contains("stop"), "{error}");
    server.rotate(&tokens.refresh).await;
}

#[tokio::test]
async fn move_that_cannot_begin_names_the_reason() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    for to in ["sqlite:x.db", "localhost/x", ""] {
        let error = run(&mut move_command(path, to)).failed(2);
        assert!(error.contains("--to must be") && error.contains("postgres://"), "{error}");
    }
    let error = run(move_command(path, NOWHERE).args(["--data-dir", "nowhere"])).failed(1);
    assert!(error.contains("does not exist") && !path.join("nowhere").exists(), "{error}");
    let error = run(move_command(path, NOWHERE).args(["--database-url", NOWHERE])).failed(1);
    assert!(error.contains("in PostgreSQL already") && !error.contains("hunter2"), "{error}");

    let data = serve_sqlite(folder).await.stop().await;
    let error = run(&mut move_command(data.path(), NOWHERE)).failed(1);
    assert!(error.contains("cannot be opened") && error.contains("--to"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn move_help_explains_what_to_do() {
    let folder = TempDir::new().unwrap();
    let help = run(latchkey(folder.path()).args(["move", "--help"])).done();
    for words in ["Stop the server first", "PGPASSWORD", "Run the command again", "LATCHKEY_DATABASE_URL", "createdb"] {
        assert!(help.contains(words), "{words}: {help}");
    }
}
