//! Pruning: which rows are deleted, and which are kept.

mod sqlite;

use crate::support::binary::Binary;
use crate::support::{PASSWORD, Server, Tokens, command, engine};
use latchkey_axum::jobs::prune::{Pruned, prune};
use latchkey_core::clock::Clock as _;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn prune_now(server: &Server) -> Pruned {
    prune(&server.app.server.database.store, server.app.settings.server.retention, server.clock.now()).await.unwrap()
}

#[tokio::test]
async fn unused_session_is_pruned_thirty_days_after_expiry() {
    let server = Server::start().await;
    let ended = server.register("ada").await;
    server.clock.advance(30 * DAY + 12 * HOUR);
    assert_eq!(prune_now(&server).await, Pruned::default());
    server.refresh(&ended.refresh).await.refused("expired");

    let alive = server.log_in("ada").await;
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(prune_now(&server).await, Pruned { sessions: 1, ..Pruned::default() });
    server.refresh(&ended.refresh).await.refused("unknown");
    server.rotate(&alive.refresh).await;
}

async fn log_in_to_stay(server: &Server) -> Tokens {
    let body = json!({ "username": "ada", "password": PASSWORD, "remember": true });
    server.post("/api/auth/login", body).await.tokens()
}

#[tokio::test]
async fn revoked_session_is_pruned_thirty_days_later() {
    let server = Server::start().await;
    server.register("ada").await;
    let revoked = log_in_to_stay(&server).await;
    server.clock.advance(3 * DAY);
    assert_eq!(server.post("/api/token/revoke", json!({ "refreshToken": revoked.refresh })).await.status, 204);
    server.clock.advance(29 * DAY);
    let alive = log_in_to_stay(&server).await;
    assert_eq!(prune_now(&server).await, Pruned { sessions: 1, ..Pruned::default() }, "the registration's");
    server.clock.advance(DAY);
    assert_eq!(prune_now(&server).await, Pruned::default());
    server.refresh(&revoked.refresh).await.refused("logged_out");
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(prune_now(&server).await, Pruned { sessions: 1, ..Pruned::default() });
    server.refresh(&revoked.refresh).await.refused("unknown");
    server.rotate(&alive.refresh).await;
}

#[tokio::test]
async fn expired_session_that_was_refused_is_kept_as_long() {
    let server = Server::start().await;
    server.register("ada").await;
    let expired = log_in_to_stay(&server).await;
    server.clock.advance(8 * DAY);
    server.refresh(&expired.refresh).await.refused("expired");
    server.clock.advance(29 * DAY);
    assert_eq!(prune_now(&server).await, Pruned { sessions: 1, ..Pruned::default() }, "the registration's");
    server.refresh(&expired.refresh).await.refused("expired");
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(prune_now(&server).await, Pruned { sessions: 1, ..Pruned::default() });
    server.refresh(&expired.refresh).await.refused("unknown");
}

#[tokio::test]
async fn zero_retention_keeps_only_live_sessions() {
    let server = Server::with(&["--session-retention", "0", "--security-log-retention", "0"]).await;
    let [alive, revoked] = [server.register("ada").await, server.log_in("ada").await];
    server.post("/api/token/revoke", json!({ "refreshToken": revoked.refresh })).await;
    let _unused = server.log_in("ada").await;
    server.clock.advance(6 * HOUR);
    let parent = server.rotate(&alive.refresh).await;
    let alive = server.rotate(&parent.refresh).await;
    server.clock.advance(6 * HOUR + Duration::from_millis(1));
    let pruned = prune_now(&server).await;
    assert_eq!((pruned.sessions, server.sql("SELECT COUNT(*) FROM sessions").await), (2, "1".to_owned()));
    assert!(pruned.events > 0 && server.sql("SELECT COUNT(*) FROM events").await == "0", "{pruned:?}");

    // A pruned token is refused like an unknown one.
    server.refresh(&revoked.refresh).await.refused("unknown");
    // A live session still ends by a replay, and its tokens are still refused after its row is pruned.
    let alive = server.rotate(&alive.refresh).await;
    server.refresh(&parent.refresh).await.refused("replayed");
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(prune_now(&server).await.sessions, 1);
    server.refresh(&alive.refresh).await.refused("unknown");
    assert_eq!(server.get_as(&alive.access, "/api/me").await.problem(401, "invalid_token")["reason"], "session_ended");
}

#[tokio::test]
async fn retention_settings_decide_when_rows_are_pruned() {
    let server = Server::with(&["--session-retention", "10d", "--security-log-retention", "90d"]).await;
    server.register("ada").await;
    server.clock.advance(10 * DAY + 12 * HOUR);
    assert_eq!(prune_now(&server).await, Pruned::default());
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(prune_now(&server).await, Pruned { sessions: 1, ..Pruned::default() });
    server.clock.advance(80 * DAY - 12 * HOUR - Duration::from_millis(1));
    assert_eq!(prune_now(&server).await, Pruned::default());
    server.clock.advance(Duration::from_millis(2));
    assert_eq!(prune_now(&server).await, Pruned { events: 2, ..Pruned::default() });
}

#[tokio::test]
async fn many_unused_sessions_are_pruned_in_batches() {
    let server = Server::start().await;
    server.register("ada").await;
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500)
             INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at,
                                   last_seen_at, idle_expires_at, absolute_expires_at, remember)
             SELECT 'session-' || i, (SELECT id FROM users), '', 0, 0, 1, 1, 1, 1000, 4000000000000, 1 FROM n",
        )
        .await;
    assert_eq!(prune_now(&server).await, Pruned { sessions: 10_500, ..Pruned::default() });
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions").await, "1");
}

#[tokio::test]
async fn running_server_prunes_by_its_settings() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    let ended = server.log_in("ada").await;
    server.post("/api/token/revoke", json!({ "refreshToken": ended.refresh })).await;
    let data = server.stop().await;
    let settings = [("LATCHKEY_DATA_DIR", data.path().to_str().unwrap()), ("LATCHKEY_SESSION_RETENTION", "0")];
    let mut binary = Binary::start(&settings);
    let pruned = |binary: &Binary| binary.log().lines().any(|line| line.contains(r#""message":"pruned""#));
    binary.wait_until("it has pruned", pruned);
    assert!(binary.log().contains(r#""sessions":1,"events":0"#), "{}", binary.log());
}

#[tokio::test]
async fn log_lines_are_pruned_after_a_year_in_batches() {
    let server = Server::start().await;
    server.register("ada").await;
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO events (id, user_id, kind, at)
             SELECT 'event-' || i, (SELECT id FROM users), 'signed_in', 1000 + i FROM n",
        )
        .await;
    assert_eq!(prune_now(&server).await, Pruned { events: 1000, ..Pruned::default() });
    assert_eq!(prune_now(&server).await, Pruned::default());
    // The second line about this registration is dated the millisecond after the first one's.
    server.clock.advance(365 * DAY + Duration::from_millis(2));
    assert_eq!(prune_now(&server).await, Pruned { sessions: 1, events: 2, ..Pruned::default() });
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "1");
}

#[tokio::test]
async fn failed_sign_ins_are_forgotten_after_a_day() {
    let server = Server::start().await;
    let body = json!({ "username": "unknown", "password": "a guess of no worth" });
    server.post("/api/auth/login", body).await.problem(401, "invalid_credentials");
    server.clock.advance(DAY);
    assert_eq!(prune_now(&server).await, Pruned::default());
    server.clock.advance(Duration::from_millis(1));
    let forgotten = prune_now(&server).await;
    assert!(forgotten.failures >= 1 && forgotten == Pruned { failures: forgotten.failures, ..Pruned::default() });
}

#[tokio::test]
async fn prune_command_uses_its_settings() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    let ended = server.log_in("ada").await;
    server.post("/api/token/revoke", json!({ "refreshToken": ended.refresh })).await;
    let pruned = |variable: &str, flag: &str| -> Value {
        let mut command = command::latchkey(server.data.path());
        command.env(variable, "0").args(["prune", flag, "--json"]);
        serde_json::from_str(&command::run(&mut command).done()).unwrap()
    };
    let kept = pruned("LATCHKEY_SECURITY_LOG_RETENTION", "--security-log-retention=1d");
    assert_eq!(kept, json!({ "sessions": 0, "events": 0, "failures": 0 }));
    let gone = pruned("LATCHKEY_SESSION_RETENTION", "--security-log-retention=0");
    assert_eq!(gone, json!({ "sessions": 1, "events": 4, "failures": 0 }));
}

#[tokio::test]
async fn prune_command_works_beside_a_running_server() {
    let server = Server::start().await;
    server.register("ada").await;
    server
        .tamper(
            "INSERT INTO events (id, user_id, kind, at) SELECT 'event-' || kind, user_id, 'signed_in', 1 FROM events",
        )
        .await;
    let run = |folder: &Path, database: Option<String>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
        command.env_clear().envs(database.map(|url| ("LATCHKEY_DATABASE_URL", url)));
        command.args(["prune", "--data-dir"]).arg(folder).output().unwrap()
    };
    let output = run(server.data.path(), engine::postgres(server.data.path()));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("2 lines of the security log"), "{text}");
    assert_eq!(server.sql("SELECT COUNT(*) FROM events").await, "2");
    let again: Value = serde_json::from_str(&server.command(&["prune", "--json"]).done()).unwrap();
    assert_eq!(again, json!({ "sessions": 0, "events": 0, "failures": 0 }));
    server.log_in("ada").await;

    let nowhere = TempDir::new().unwrap();
    let output = run(nowhere.path(), None);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(complaint.contains("does not exist") && complaint.contains("LATCHKEY_DATA_DIR"), "{complaint}");
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0, "and makes none");
}
