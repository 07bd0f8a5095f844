//! `latchkey restore FILE`.

use super::log;
use crate::support::command::{latchkey, run};
use crate::support::{PASSWORD, Server, older, start_and_stop, start_with};
use serde_json::json;
use sqlx::{Connection as _, Executor as _};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The names of the files in a folder with this prefix.
fn named(folder: &Path, beginning: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(beginning)).collect()
}

fn restore(folder: &Path, file: &str) -> crate::support::command::Ended {
    run(latchkey(folder).args(["restore", file]))
}

#[tokio::test]
async fn restored_backup_revives_no_session() {
    let server = Server::today(&[]).await;
    let (live, logged_out) = (server.register("ada").await, server.log_in("ada").await);
    let rotated = server.log_in("ada").await;
    server.command(&["backup", "copy.db"]).done();
    server.post("/api/token/revoke", json!({ "refreshToken": logged_out.refresh })).await;
    let successor = server.rotate(&rotated.refresh).await;
    server.register("eve").await;

    let error = restore(server.data.path(), "copy.db").failed(1);
    assert!(error.contains("is in use by another Latchkey") && error.contains("stop"), "{error}");
    server.rotate(&live.refresh).await;

    let (server, ended) = server.restart_after(&["restore", "copy.db"]).await;
    assert!(ended.done().contains("3 sessions in it ended"));
    for tokens in [&live, &logged_out, &rotated, &successor] {
        server.refresh(&tokens.refresh).await.refused("restored");
        let problem = server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
        assert_eq!(problem["reason"], "session_ended");
    }
    let again = server.log_in("ada").await;
    let lines = log(&server, &again).await;
    assert_eq!(lines.iter().filter(|line| *line == "session_revoked: restored").count(), 3, "{lines:?}");
    let body = json!({ "username": "eve", "password": PASSWORD });
    server.post("/api/auth/login", body).await.problem(401, "invalid_credentials");
}

#[tokio::test]
async fn previous_database_is_kept_and_can_be_restored() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    server.command(&["backup", "copy.db"]).done();
    server.register("eve").await;
    let (server, ended) = server.restart_after(&["restore", "copy.db"]).await;
    let (data, said) = (server.stop().await, ended.done());
    let kept = named(data.path(), "latchkey.db.before-restore-");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(said.contains(kept[0].to_str().unwrap()), "{said}");
    assert!(said.contains("1 session in it ended") && said.contains("latchkey user list"), "{said}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&kept[0]), mode(&data.path().join("latchkey.db"))), (0o600, 0o600));
    for leftover in ["latchkey.db-", "latchkey.db.restoring"] {
        assert!(named(data.path(), leftover).is_empty(), "{leftover}");
    }
    let users = || run(latchkey(data.path()).args(["user", "list"])).done();
    assert!(users().contains("ada") && !users().contains("eve"));
    restore(data.path(), kept[0].to_str().unwrap()).done();
    assert!(users().contains("ada") && users().contains("eve"));
}

#[tokio::test]
async fn replaced_database_is_kept_with_its_write_ahead_log() {
    let server = Server::today(&[]).await;
    server.command(&["backup", "copy.db"]).done();
    server.register("ada").await;
    // As after a crash: what has been written last is in the write-ahead log alone.
    let crashed = TempDir::new().unwrap();
    for name in ["latchkey.db", "latchkey.db-wal", "keyring.json", "copy.db"] {
        fs::copy(server.data.path().join(name), crashed.path().join(name)).unwrap();
    }
    restore(crashed.path(), "copy.db").done();
    assert!(!run(latchkey(crashed.path()).args(["user", "list"])).done().contains("ada"));
    let kept = named(crashed.path(), "latchkey.db.before-restore-");
    let kept = kept.iter().find(|path| !path.to_str().unwrap().ends_with("-wal")).unwrap();
    restore(crashed.path(), kept.to_str().unwrap()).done();
    assert!(run(latchkey(crashed.path()).args(["user", "list"])).done().contains("ada"));
}

#[tokio::test]
async fn restore_on_a_new_machine_mentions_the_keyring() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    server.command(&["backup", "copy.db"]).done();
    let machine = TempDir::new().unwrap();
    let file = server.data.path().join("copy.db");
    let folder = machine.path().join("data");
    let mut command = latchkey(machine.path());
    let said = run(command.args(["restore", file.to_str().unwrap(), "--data-dir", "data"])).done();
    assert!(said.contains("keyring.json is not there: put your copy of it"), "{said}");
    fs::copy(server.data.path().join("keyring.json"), folder.join("keyring.json")).unwrap();
    start_and_stop(&folder).await.unwrap();
    // A lost keyring does no harm: no session needs it any more.
    fs::remove_file(folder.join("keyring.json")).unwrap();
    start_and_stop(&folder).await.unwrap();
    assert!(folder.join("keyring.json").exists());
}

#[tokio::test]
async fn restore_of_a_database_in_use_is_refused() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    server.command(&["backup", "copy.db"]).done();
    let database = format!("sqlite:{}", server.data.path().join("latchkey.db").display());
    let mut command = latchkey(server.data.path());
    let error = run(command.args(["restore", "copy.db", "--data-dir", "other", "--database-url", &database])).failed(1);
    assert!(error.contains("is in use by another Latchkey"), "{error}");
    let elsewhere = TempDir::new().unwrap();
    let second = start_with(elsewhere.path(), &["--database-url", &database]).await.unwrap_err();
    assert!(second.contains("is in use by another Latchkey"), "{second}");
    assert!(!elsewhere.path().join("keyring.json").exists());
}

#[tokio::test]
async fn database_as_its_own_backup_is_refused() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    let error = restore(folder.path(), "latchkey.db").failed(1);
    assert!(error.contains("it is the database itself"), "{error}");
}

#[tokio::test]
async fn unsound_backup_is_refused_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    start_and_stop(folder.path()).await.unwrap();
    run(latchkey(folder.path()).args(["backup", "copy.db"])).done();
    let before = fs::read(path("latchkey.db")).unwrap();

    let change = async |name: &str, statement: &'static str| {
        fs::copy(path("copy.db"), path(name)).unwrap();
        let url = format!("sqlite://{}?mode=rw", path(name).display());
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        connection.execute(statement).await.unwrap();
        connection.close().await.unwrap();
    };
    sqlx::any::install_default_drivers();
    change("newer.db", "INSERT INTO _latchkey_migrations VALUES (9999, 'x', 0, 1, x'00', 0)").await;
    change("newer_app.db", "INSERT INTO _sqlx_migrations VALUES (9999, 'x', 0, 1, x'00', 0)").await;
    change("foreign.db", "DROP TABLE _latchkey_migrations; DROP TABLE _sqlx_migrations").await;
    change(
        "orphans.db",
        "PRAGMA foreign_keys = OFF; INSERT INTO events (id, user_id, kind, at) VALUES ('x', 'unknown', 'x', 1)",
    )
    .await;
    let mut damaged = fs::read(path("copy.db")).unwrap();
    damaged[8192..12288].fill(0xa5);
    fs::write(path("damaged.db"), damaged).unwrap();
    fs::write(path("empty.db"), "").unwrap();
    fs::write(path("text.db"), "This is a text, and a long enough one to be read as a header of a file.").unwrap();
    for (name, complaint) in [
        ("newer.db", "newer version of Latchkey"),
        ("newer_app.db", "newer version of Latchkey"),
        ("foreign.db", "not a sound database"),
        ("orphans.db", "not a sound database"),
        ("damaged.db", "not a sound database"),
        ("empty.db", "not a sound database"),
        ("text.db", "not a sound database"),
        ("missing.db", "could not be copied"),
        (".", "not a file"),
    ] {
        let error = restore(folder.path(), name).failed(1);
        assert!(error.contains(complaint) && error.contains(name), "{name}: {error}");
        assert_eq!(fs::read(path("latchkey.db")).unwrap(), before, "{name}");
        assert!(named(folder.path(), "latchkey.db.").is_empty(), "{name}");
    }
    start_and_stop(folder.path()).await.unwrap();

    let mistyped = folder.path().join("mistyped");
    let command = ["restore", "missing.db", "--data-dir", mistyped.to_str().unwrap()];
    assert!(run(latchkey(folder.path()).args(command)).failed(1).contains("could not be copied"));
    assert!(!mistyped.exists(), "nothing is made for a backup that is not there");
}

/// A trigger in a backup could keep its sessions alive, or make them live again later.
#[tokio::test]
async fn backup_with_objects_on_our_tables_is_refused() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    server.command(&["backup", "copy.db"]).done();
    let data = server.stop().await;
    let path = |name: &str| data.path().join(name);
    let before = fs::read(path("latchkey.db")).unwrap();
    for (statements, complaint) in [
        (
            "CREATE TRIGGER keep AFTER UPDATE OF revoked_at ON sessions
             BEGIN UPDATE sessions SET revoked_at = NULL WHERE id = NEW.id; END",
            "the trigger keep",
        ),
        ("CREATE TRIGGER keep BEFORE UPDATE ON sessions BEGIN SELECT RAISE(IGNORE); END", "the trigger keep"),
        (
            "CREATE TABLE notes (id TEXT);
             CREATE TRIGGER later AFTER INSERT ON notes BEGIN UPDATE 'sessions' SET revoked_at = NULL; END",
            "the trigger later",
        ),
        ("CREATE VIEW everyone AS SELECT * FROM users", "the view everyone"),
        ("CREATE UNIQUE INDEX one_each ON sessions (user_id)", "the index one_each"),
        ("DROP INDEX sessions_by_end", "the index sessions_by_end"),
        ("ALTER TABLE sessions ADD COLUMN note TEXT", "the table sessions"),
        (
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_master SET sql = replace(sql, 'dpop_jkt             TEXT',
                 'dpop_jkt TEXT \"--\" CHECK (coalesce(revoke_reason, '''') <> ''logged_out'')') WHERE name = 'sessions'",
            "the table sessions",
        ),
        ("CREATE TABLE notes (user_id TEXT REFERENCES users)", "the table notes"),
        (
            "CREATE TABLE notes (user_id TEXT REFERENCES users); PRAGMA writable_schema = ON;
             UPDATE sqlite_master SET name = 'sqlite_notes', tbl_name = 'sqlite_notes',
                 sql = 'CREATE TABLE sqlite_notes (user_id TEXT REFERENCES users)' WHERE name = 'notes'",
            "the table sqlite_notes",
        ),
        (
            "CREATE TABLE notes (user_id TEXT REFERENCES users); PRAGMA writable_schema = ON;
             UPDATE sqlite_master SET name = 'sqlite_sequence', tbl_name = 'sqlite_sequence',
                 sql = 'CREATE TABLE sqlite_sequence (user_id TEXT REFERENCES users)' WHERE name = 'notes'",
            "the table sqlite_sequence",
        ),
        (
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_master SET sql = replace(sql, 'PRIMARY KEY', 'PRIMARY KEY CHECK (version < 99)')
             WHERE name = '_sqlx_migrations'",
            "the table _sqlx_migrations",
        ),
        (
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_master SET sql = replace(sql, 'PRIMARY KEY', 'PRIMARY KEY CHECK (version < 99)')
             WHERE name = '_latchkey_migrations'",
            "the table _latchkey_migrations",
        ),
        ("DROP TABLE customers; CREATE VIEW customers AS SELECT 1 AS id, 2 AS name", "the table customers"),
    ] {
        fs::copy(path("copy.db"), path("changed.db")).unwrap();
        let url = format!("sqlite://{}?mode=rw", path("changed.db").display());
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        connection.execute(statements).await.unwrap();
        connection.close().await.unwrap();
        let error = restore(data.path(), "changed.db").failed(1);
        assert!(error.contains("changed by another program") && error.contains(complaint), "{statements}: {error}");
        assert_eq!(fs::read(path("latchkey.db")).unwrap(), before, "{statements}");
        assert!(named(data.path(), "latchkey.db.").is_empty(), "{statements}");
    }
    drop(tokens);
}

#[tokio::test]
async fn restore_keeps_and_lists_tables_of_other_programs() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    server.tamper("CREATE TABLE notes (id TEXT); CREATE INDEX notes_by_id ON notes (id)").await;
    server.tamper("INSERT INTO notes VALUES ('kept')").await;
    server.command(&["backup", "copy.db"]).done();
    let (server, ended) = server.restart_after(&["restore", "copy.db"]).await;
    let said = ended.done();
    assert!(said.contains("1 session in it ended") && said.contains("tables that are not Latchkey's: notes"), "{said}");
    server.refresh(&tokens.refresh).await.refused("restored");
    assert_eq!(server.sql("SELECT id FROM notes").await, "kept");
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await, "0");
}

#[tokio::test]
async fn older_backup_is_upgraded_by_restore() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    server.command(&["backup", "copy.db"]).done();
    let folder = TempDir::new().unwrap();
    fs::copy(server.data.path().join("keyring.json"), folder.path().join("keyring.json")).unwrap();
    let file = server.data.path().join("older.db");
    older::copy_of_version(4, &server.data.path().join("copy.db"), &file).await;
    assert!(restore(folder.path(), file.to_str().unwrap()).done().contains("1 session in it ended"));
    assert!(run(latchkey(folder.path()).args(["user", "list"])).done().contains("ada"));
}

#[tokio::test]
async fn interrupted_restore_is_not_taken_for_a_first_start() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    run(latchkey(folder.path()).args(["backup", "copy.db"])).done();
    // The moment between the two renames.
    let path = folder.path().join("latchkey.db");
    fs::rename(&path, folder.path().join("latchkey.db.before-restore-x")).unwrap();
    fs::copy(folder.path().join("copy.db"), folder.path().join("latchkey.db.restoring")).unwrap();
    fs::remove_file(folder.path().join("keyring.json")).unwrap();
    let error = start_and_stop(folder.path()).await.unwrap_err();
    assert!(error.contains("was being restored") && error.contains("`restore`"), "{error}");
    assert!(!path.exists());
    restore(folder.path(), "copy.db").done();
    start_and_stop(folder.path()).await.unwrap();
}

#[tokio::test]
async fn restore_to_postgresql_names_the_alternative() {
    let folder = TempDir::new().unwrap();
    let error =
        run(latchkey(folder.path()).args(["restore", "x", "--database-url", "postgres://localhost/x"])).failed(1);
    assert!(error.contains("pg_restore") && error.contains("session revoke --all"), "{error}");
}
