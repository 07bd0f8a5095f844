//! Moves to a PostgreSQL database: the one of the data folder, whose tables are dropped first.

use super::{move_command, serve_sqlite};
use crate::support::command::run;
use crate::support::{PASSWORD, Server, Tokens, engine, start_and_stop};
use latchkey_core::clock::{Clock as _, SystemClock};
use serde_json::json;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A populated installation on SQLite that has been stopped.
struct Installation {
    data: TempDir,
    live: Tokens,
    logged_out: Tokens,
}

impl Installation {
    /// With an empty PostgreSQL database beside it.
    async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these changes by another program.
    async fn with(changes: &[&'static str]) -> Self {
        let data = TempDir::new().unwrap();
        assert!(engine::postgres(data.path()).is_some(), "this test needs PostgreSQL: make test ONLY=postgres/move");
        let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
        engine::connect(data.path()).await.execute(empty).await.unwrap();
        let server = serve_sqlite(data).await;
        let first = server.register("ada").await;
        let logged_out = server.log_in("ada").await;
        server.post("/api/token/revoke", json!({ "refreshToken": logged_out.refresh })).await;
        server.register("Zoë").await;
        let wrong = json!({ "username": "ada", "password": "not the right one" });
        server.post("/api/auth/login", wrong).await.problem(401, "invalid_credentials");
        let live = server.rotate(&first.refresh).await;
        // More than one batch.
        server
            .tamper(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
                 INSERT INTO events (id, user_id, kind, at, detail)
                 SELECT 'event-' || i, (SELECT MIN(id) FROM users), 'signed_in', i, '佐藤 \\ \"{},' || i FROM n",
            )
            .await;
        server.tamper("INSERT INTO customers (id, name) VALUES ('b', 'Šime'), ('a', ''), ('C', 'ada''s')").await;
        for &change in changes {
            server.tamper(change).await;
        }
        Self { data: server.stop().await, live, logged_out }
    }

    fn command(&self) -> Command {
        move_command(self.data.path(), &engine::postgres(self.data.path()).unwrap())
    }

    /// The PostgreSQL database.
    async fn target(&self) -> AnyConnection {
        engine::connect(self.data.path()).await
    }

    /// Whether the PostgreSQL database has a table of this name.
    async fn has(&self, table: &str) -> bool {
        let query = "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass($1)";
        let count: i64 = sqlx::query_scalar(query).bind(table).fetch_one(&mut self.target().await).await.unwrap();
        count > 0
    }

    /// The content of the SQLite database. Its bytes may change, because SQLite empties the write-ahead log.
    async fn source(&self) -> Vec<String> {
        let url = format!("sqlite://{}?mode=rw", self.data.path().join("latchkey.db").display());
        let mut connection = AnyConnection::connect(&url).await.unwrap();
        let mut content = Vec::new();
        for query in [
            "SELECT group_concat(name || COALESCE(sql, ''), ' ') FROM sqlite_master",
            "SELECT group_concat(id || username || password_hash, ' ') FROM users",
            "SELECT group_concat(id || secret || generation || COALESCE(revoked_at, ''), ' ') FROM sessions",
            "SELECT group_concat(id || kind || at || COALESCE(detail, ''), ' ') FROM events",
            "SELECT COALESCE(group_concat(key || count, ' '), '') FROM login_failures",
            "SELECT group_concat(id || name, ' ') FROM customers",
        ] {
            content.push(sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap());
        }
        connection.close().await.unwrap();
        content
    }

    /// Starts a server on PostgreSQL, and uses the tokens from before the move.
    async fn assert_served(self) {
        let server = Server::on(self.data, SystemClock.now().millis(), &[]).await;
        assert!(server.app.settings.server.database.path().is_none());
        assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE id LIKE 'event-%'").await, "2500");
        assert_eq!(server.sql("SELECT detail FROM events WHERE id = 'event-2500'").await, "佐藤 \\ \"{},2500");
        assert_eq!(server.sql("SELECT name FROM customers WHERE id = 'b'").await, "Šime");
        assert_eq!(server.sql("SELECT COUNT(*) FROM customers").await, "3");
        server.rotate(&self.live.refresh).await;
        server.refresh(&self.logged_out.refresh).await.refused("logged_out");
        let answer = server.post("/api/auth/login", json!({ "username": "ZOË", "password": PASSWORD })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Makes PostgreSQL execute this for each row that is inserted into a table, as soon as there is one of that name.
    async fn interfere(&self, table: &str, action: &str) {
        let function =
            format!("CREATE FUNCTION interfere() RETURNS trigger LANGUAGE plpgsql AS $a$ BEGIN {action} END $a$");
        self.target().await.execute(AssertSqlSafe(function)).await.unwrap();
        let trigger = "CREATE TRIGGER interfere BEFORE INSERT ON table_name FOR EACH ROW EXECUTE FUNCTION interfere()";
        self.when_created(table, &trigger.replace("table_name", table)).await;
    }

    /// Makes PostgreSQL execute this statement when a table of this name has been created.
    async fn when_created(&self, table: &str, statement: &str) {
        let statements = format!(
            "CREATE FUNCTION prepare() RETURNS event_trigger LANGUAGE plpgsql AS $a$ BEGIN
                 IF EXISTS (SELECT 1 FROM pg_event_trigger_ddl_commands() WHERE objid = to_regclass('{table}')) THEN
                     {statement};
                 END IF;
             END $a$;
             CREATE EVENT TRIGGER prepare ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION prepare()"
        );
        self.target().await.execute(AssertSqlSafe(statements)).await.unwrap();
    }

    async fn stop_interfering(&self) {
        let statements = "DROP EVENT TRIGGER prepare; DROP FUNCTION prepare; DROP FUNCTION IF EXISTS interfere";
        self.target().await.execute(statements).await.unwrap();
    }
}

#[tokio::test]
async fn moved_installation_is_served_with_its_sessions() {
    let installation = Installation::with(&["CREATE TABLE notes (id TEXT)"]).await;
    let before = installation.source().await;
    let said = run(&mut installation.command()).done();
    for words in [
        "copied users: 2 rows",
        "copied sessions: 3 rows",
        "copied customers: 3 rows",
        "copied bulk_revocations: 0 rows",
        "each table has the same rows",
        "set LATCHKEY_DATABASE_URL",
        "keyring.json where it is",
        "other programs made them: notes",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("_migrations"), "{said}");
    assert!(installation.source().await == before, "the source is not changed");
    assert!(!installation.has("_latchkey_move").await && !installation.has("notes").await);

    let analyzed = "SELECT COUNT(*) FROM pg_stats WHERE tablename = 'events' AND attname = 'at'";
    let analyzed: i64 = sqlx::query_scalar(analyzed).fetch_one(&mut installation.target().await).await.unwrap();
    assert_eq!(analyzed, 1, "statistics");

    let error = run(&mut installation.command()).failed(1);
    assert!(error.contains("is not empty") && error.contains("users"), "{error}");
    installation.assert_served().await;
}

#[tokio::test]
async fn rows_that_a_migration_adds_are_replaced() {
    let installation = Installation::new().await;
    installation.when_created("customers", "INSERT INTO customers (id, name) VALUES ('a', 'Sample'), ('z', '')").await;
    run(&mut installation.command()).done();
    installation.stop_interfering().await;
    installation.assert_served().await;
}

#[tokio::test]
async fn target_with_tables_is_refused_and_not_changed() {
    let installation = Installation::new().await;
    installation.target().await.execute("CREATE TABLE notes (id TEXT)").await.unwrap();
    let error = run(&mut installation.command()).failed(1);
    assert!(error.contains("is not empty: it has notes") && error.contains("--to"), "{error}");
    assert!(!installation.has("users").await && !installation.has("_latchkey_move").await);

    // Another installation, without any user.
    installation.target().await.execute("DROP TABLE notes").await.unwrap();
    start_and_stop(installation.data.path()).await.unwrap();
    let error = run(&mut installation.command()).failed(1);
    assert!(error.contains("is not empty") && error.contains("users"), "{error}");
    assert!(!installation.has("_latchkey_move").await);
    start_and_stop(installation.data.path()).await.unwrap();
}

#[tokio::test]
async fn killed_move_leaves_no_rows_and_can_be_run_again() {
    let installation = Installation::new().await;
    installation.interfere("sessions", "PERFORM pg_advisory_xact_lock(42); RETURN NEW;").await;
    let mut holder = installation.target().await;
    holder.execute("SELECT pg_advisory_lock(42)").await.unwrap();
    let mut child = installation.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let waiting = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut holder).await.unwrap() == 0 {
        assert!(child.try_wait().unwrap().is_none() && begun.elapsed() < TIMEOUT, "it does not copy the sessions");
    }
    child.kill().unwrap();
    child.wait().unwrap();

    assert!(!installation.has("users").await && installation.has("_latchkey_move").await);
    for refusal in [start_and_stop(installation.data.path()).await.unwrap_err(), command_on_target(&installation)] {
        assert!(refusal.contains("run the command `move` again"), "{refusal}");
    }
    holder.execute("SELECT pg_advisory_unlock(42)").await.unwrap();
    installation.stop_interfering().await;
    run(&mut installation.command()).done();
    assert!(!installation.has("_latchkey_move").await);
    installation.assert_served().await;
}

/// What a command says that uses the PostgreSQL database.
fn command_on_target(installation: &Installation) -> String {
    let data: &Path = installation.data.path();
    run(crate::support::command::latchkey(data).args(["user", "list"])).failed(1)
}

#[tokio::test]
async fn changed_or_missing_row_fails_the_move() {
    let installation = Installation::new().await;
    for (table, action, complaint) in [
        ("events", "IF NEW.id = 'event-2000' THEN NEW.detail := NEW.detail || ' '; END IF; RETURN NEW;", "events"),
        ("customers", "IF NEW.id = 'C' THEN RETURN NULL; END IF; RETURN NEW;", "3 rows in SQLite, 2 in PostgreSQL"),
    ] {
        installation.interfere(table, action).await;
        let ended = run(&mut installation.command());
        assert!(ended.code == 1 && ended.stderr.contains("differ between the databases"), "{ended:?}");
        assert!(ended.stderr.contains(table) && ended.stderr.contains(complaint), "{ended:?}");
        assert!(!installation.has("users").await, "no rows are kept");
        let refusal = start_and_stop(installation.data.path()).await.unwrap_err();
        assert!(refusal.contains("run the command `move` again"), "{refusal}");
        installation.stop_interfering().await;
    }
    run(&mut installation.command()).done();
    installation.assert_served().await;
}

#[tokio::test]
async fn value_that_postgresql_cannot_store_is_named() {
    for (change, words) in [
        ("UPDATE customers SET name = 'a' || char(0) WHERE id = 'b'", ["customers", "id = \"b\"", "name contains the"]),
        ("UPDATE customers SET name = x'ff00' WHERE id = 'C'", ["customers", "id = \"C\"", "name is not a text"]),
        ("UPDATE events SET at = 'noon' WHERE id = 'event-1'", ["events", "id = \"event-1\"", "at is not an integer"]),
    ] {
        let installation = Installation::with(&[change]).await;
        let ended = run(&mut installation.command());
        assert_eq!(ended.code, 1, "{ended:?}");
        for word in words.iter().chain(&["Correct or delete that row"]) {
            assert!(ended.stderr.contains(word), "{word}: {ended:?}");
        }
    }
}

#[tokio::test]
async fn source_with_changes_of_another_program_is_refused() {
    let trigger = "CREATE TRIGGER keep BEFORE UPDATE ON sessions BEGIN SELECT RAISE(IGNORE); END";
    let installation = Installation::with(&[trigger]).await;
    let error = run(&mut installation.command()).failed(1);
    assert!(error.contains("the trigger keep") && error.contains("undo the change"), "{error}");
    assert!(!installation.has("_latchkey_move").await);
}
