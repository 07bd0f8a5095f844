//! `latchkey doctor`.

mod sqlite;

use crate::support::command::{latchkey, run};
use crate::support::outside::{Action, Trigger};
use crate::support::{Server, start_and_stop};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::TempDir;

/// The lines with this verdict, and the exit code.
fn lines(folder: &Path, verdict: &str, arguments: &[&str]) -> (i32, Vec<String>) {
    let ended = run(latchkey(folder).args(["doctor", "--json"]).args(arguments));
    let checks: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let of_verdict = checks.iter().filter(|check| check["verdict"] == verdict);
    let texts =
        of_verdict.map(|check| format!("{}: {}", check["check"].as_str().unwrap(), check["text"].as_str().unwrap()));
    (ended.code, texts.collect())
}

#[track_caller]
fn finds(folder: &Path, problem: &str) {
    let (code, problems) = lines(folder, "problem", &[]);
    assert_eq!(code, 1, "{problems:?}");
    assert!(problems.iter().any(|found| found.contains(problem)), "{problem} is not in {problems:?}");
}

#[tokio::test]
async fn doctor_on_a_sound_installation_finds_no_problem() {
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    assert_eq!(lines(folder.path(), "problem", &[]), (0, vec![]));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it makes nothing");
    start_and_stop(folder.path()).await.unwrap();
    assert_eq!(lines(folder.path(), "problem", &[]), (0, vec![]));

    let server = Server::today(&[]).await;
    server.register("ada").await;
    fs::set_permissions(server.data.path(), Permissions::from_mode(0o700)).unwrap();
    assert_eq!(lines(server.data.path(), "problem", &[]), (0, vec![]));
    let text = server.command(&["doctor"]).done();
    for check in ["settings", "data folder", "database", "disk", "keyring", "clock"] {
        assert!(text.lines().any(|line| line.starts_with("ok ") && line.contains(check)), "{check}: {text}");
    }
}

#[tokio::test]
async fn unwise_setting_is_a_warning_with_exit_code_0() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    let unwise = [
        "--throttle=off",
        "--demo=on",
        "--access-token-ttl=2h",
        "--metrics-addr=0.0.0.0:9090",
        "--allowed-origins=http://app.example.org",
    ];
    let (code, warnings) = lines(folder.path(), "warning", &unwise);
    assert_eq!(code, 0, "{warnings:?}");
    for name in
        ["THROTTLE", "DEMO", "ACCESS_TOKEN_TTL", "METRICS_ADDR", "ALLOWED_ORIGINS", "PUBLIC_URL", "DEFAULT_ROLES"]
    {
        assert!(warnings.iter().any(|warning| warning.contains(name)), "{name} is not in {warnings:?}");
    }
    let wise = ["--public-url=https://login.example.org", "--trusted-proxies=127.0.0.1", "--registration=closed"];
    let (_, warnings) = lines(folder.path(), "warning", &wise);
    assert!(warnings.iter().all(|warning| !warning.starts_with("production")), "{warnings:?}");
    let (_, warnings) = lines(folder.path(), "warning", &["--trusted-proxies=10.0.0.0/8,::/0"]);
    assert!(warnings.iter().any(|warning| warning.contains("trusts every address")), "{warnings:?}");
    let (_, warnings) = lines(folder.path(), "warning", &["--public-url=https://login.example.org"]);
    assert!(warnings.iter().any(|warning| warning.contains("LATCHKEY_TRUSTED_PROXIES is empty")), "{warnings:?}");
}

#[tokio::test]
async fn most_sessions_from_a_private_address_without_proxy_warn() {
    let server = Server::today(&["--throttle", "off"]).await;
    let folder = server.data.path();
    let warns = |arguments: &[&str]| {
        let (_, warnings) = lines(folder, "warning", arguments);
        warnings.into_iter().find(|warning| warning.starts_with("clients: "))
    };
    server.register("ada").await;
    assert_eq!(warns(&[]), None, "a session without an address");
    for ip in ["203.0.113.1", "203.0.113.1", "10.0.0.5", "::ffff:10.0.0.5"] {
        server.log_in_from("ada", ip, "Test").await;
    }
    assert_eq!(warns(&[]), None, "2 of 5 sessions");
    server.log_in_from("ada", "10.0.0.5", "Test").await;
    let last = server.log_in_from("ada", "10.0.0.5", "Test").await;
    let warning = warns(&[]).unwrap();
    assert!(warning.contains("4 of 7 live sessions") && warning.contains("10.0.0.5"), "{warning}");
    assert!(warning.contains("LATCHKEY_TRUSTED_PROXIES"), "{warning}");
    let of_a_proxy = warns(&["--trusted-proxies=10.0.0.5"]).unwrap();
    assert!(of_a_proxy.contains("4 of 7 live sessions") && of_a_proxy.contains("X-Forwarded-For"), "{of_a_proxy}");
    assert_eq!(warns(&["--trusted-proxies=192.0.2.1"]), None, "clients of a private network behind a named proxy");
    assert_eq!(warns(&["--addr=0.0.0.0:80"]), None, "settings that cannot be used are another matter");

    // The address of the last refresh counts.
    let public = crate::support::Place::new("203.0.113.1", "Test");
    server.refresh_and_confirm(public, &last.refresh).await;
    assert_eq!(warns(&[]), None);
}

#[tokio::test]
async fn bad_setting_is_a_problem_and_the_rest_is_checked() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    let (code, problems) = lines(folder.path(), "problem", &["--addr", "0.0.0.0:80"]);
    assert!(code == 1 && problems.len() == 1 && problems[0].contains("plain http"), "{problems:?}");
    let (_, fine) = lines(folder.path(), "ok", &["--addr", "0.0.0.0:80"]);
    assert!(fine.iter().any(|line| line.starts_with("keyring")), "{fine:?}");
}

#[tokio::test]
async fn doctor_finds_a_lost_keyring_and_a_wrong_clock() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    server.tamper("UPDATE sessions SET rotated_at = rotated_at + 3600000").await;
    finds(server.data.path(), "so it was set back or was wrong");
    server.tamper("UPDATE sessions SET rotated_at = rotated_at - 3600000").await;
    fs::remove_file(server.data.path().join("keyring.json")).unwrap();
    finds(server.data.path(), "there are sessions that need it");
}

#[tokio::test]
async fn trigger_and_foreign_key_on_our_tables_are_found() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    fs::set_permissions(server.data.path(), Permissions::from_mode(0o700)).unwrap();
    server.tamper("CREATE TABLE notes (id TEXT)").await;
    assert_eq!(lines(server.data.path(), "problem", &[]), (0, vec![]));
    server.add_trigger(Trigger::new("keep", "BEFORE UPDATE ON sessions", Action::Skip)).await;
    finds(server.data.path(), "the trigger keep");
    server.drop_trigger("keep").await;
    server.tamper("CREATE TABLE pins (id TEXT, session TEXT REFERENCES sessions)").await;
    finds(server.data.path(), "the table pins");
}
