//! Startup with bad files and settings: the server prints one sentence with the problem and the remedy, and overwrites
//! nothing.

mod sqlite;

use crate::support::binary::{Binary, send};
use crate::support::{Server, settings, start_and_stop as start};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use tempfile::TempDir;

#[tokio::test]
async fn first_start_creates_the_data_folder_for_the_second() {
    let data = TempDir::new().unwrap();
    let folder = data.path().join("new/data");
    start(&folder).await.unwrap();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    start(&folder).await.unwrap();
}

#[tokio::test]
async fn data_folder_in_use_is_refused() {
    let server = Server::start().await;
    let error = start(server.data.path()).await.unwrap_err();
    assert!(error.contains("in use by another Latchkey"), "{error}");
}

#[tokio::test]
async fn failed_start_creates_no_demo_account() {
    let data = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let site = data.path().join("site");
    fs::create_dir_all(site.join("pkg")).unwrap();
    let site = site.to_str().unwrap();
    let demo = settings(data.path(), &["--demo", "on", "--addr", &addr, "--leptos-site-root", site]).unwrap();
    let clock = std::sync::Arc::new(latchkey_core::clock::SystemClock);
    let random = std::sync::Arc::new(latchkey_core::random::SystemRandom);
    let opened = latchkey::server::startup::open(demo, clock, random).await.unwrap();
    let app = opened.app.clone();
    let error = latchkey::server::startup::serve(opened, async {}).await.unwrap_err().to_string();
    assert!(error.contains("LATCHKEY_ADDR") && error.contains(&addr), "{error}");
    let users = latchkey_core::store::usernames::find(&app.server.database.store, "johndoe", "johndoe").await.unwrap();
    assert!(users.is_none());
}

#[tokio::test]
async fn database_of_a_newer_version_is_refused() {
    for statement in [
        "INSERT INTO _latchkey_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'from the future', TRUE, checksum, 0 FROM _latchkey_migrations WHERE version = 1",
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT 9999, 'from the future', TRUE, checksum, 0 FROM _sqlx_migrations WHERE version = 12",
        "UPDATE _latchkey_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations) WHERE version = 3",
        "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _latchkey_migrations WHERE version = 1)",
    ] {
        let server = Server::start().await;
        server.tamper(statement).await;
        let error = server.try_restart(&[]).await.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("newer version"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn data_folder_that_cannot_be_created_is_named() {
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("file"), "").unwrap();
    let error = start(&data.path().join("file/data")).await.unwrap_err();
    assert!(error.contains("file/data") && error.contains("LATCHKEY_DATA_DIR"), "{error}");
}

#[test]
fn bad_setting_error_says_what_to_write_instead() {
    let complaints = [
        ("--addr", "localhost", "LATCHKEY_ADDR is \"localhost\": write an IP address and a port"),
        ("--addr", "0.0.0.0:3000", "LATCHKEY_ADDR is 0.0.0.0:3000, which other machines can reach, over plain http"),
        ("--public-url", "example.org", "LATCHKEY_PUBLIC_URL is \"example.org\": write scheme and host"),
        ("--public-url", "https://example.org/app", "LATCHKEY_PUBLIC_URL"),
        ("--public-url", "ftp://example.org", "LATCHKEY_PUBLIC_URL"),
        ("--public-url", "https://:hunter2@example.org", "LATCHKEY_PUBLIC_URL"),
        ("--database-url", "mysql://root:hunter2@db", "LATCHKEY_DATABASE_URL must begin with sqlite:"),
        ("--database-url", "sqlite::memory:", "LATCHKEY_DATABASE_URL is in memory"),
        ("--access-token-ttl", "5", "LATCHKEY_ACCESS_TOKEN_TTL is \"5\": write whole seconds"),
        ("--access-token-ttl", "0s", "LATCHKEY_ACCESS_TOKEN_TTL"),
        ("--access-token-ttl", "1500ms", "LATCHKEY_ACCESS_TOKEN_TTL"),
        ("--access-token-ttl", "5M", "LATCHKEY_ACCESS_TOKEN_TTL"),
        ("--access-token-ttl", "11years", "LATCHKEY_ACCESS_TOKEN_TTL"),
        ("--retry-window", "-1s", "LATCHKEY_RETRY_WINDOW"),
        ("--retry-window", "301s", "LATCHKEY_RETRY_WINDOW is \"301s\": write a duration from 1s to 5m"),
        ("--retry-window", "3650d", "LATCHKEY_RETRY_WINDOW is \"3650d\": write a duration from 1s to 5m"),
        ("--session-idle-ttl", "soon", "LATCHKEY_SESSION_IDLE_TTL"),
        ("--session-absolute-ttl", "", "LATCHKEY_SESSION_ABSOLUTE_TTL"),
        ("--session-short-idle-ttl", "1x", "LATCHKEY_SESSION_SHORT_IDLE_TTL"),
        (
            "--public-url",
            "https://example.org/auth",
            "LATCHKEY_PUBLIC_URL is \"https://example.org/auth\": sub-paths are not",
        ),
        (
            "--public-url",
            "http://localhost:3000/a/?b#c",
            "LATCHKEY_PUBLIC_URL is \"http://localhost:3000/a/?b#c\": sub-paths",
        ),
        (
            "--public-url",
            "https://x:hunter2@example.org/a",
            "LATCHKEY_PUBLIC_URL is an address with a user name: sub-paths",
        ),
        ("--session-retention", "forever", "LATCHKEY_SESSION_RETENTION is \"forever\": write whole days"),
        ("--session-retention", "", "LATCHKEY_SESSION_RETENTION is \"\""),
        ("--security-log-retention", "12M", "LATCHKEY_SECURITY_LOG_RETENTION is \"12M\": write whole days"),
        ("--session-short-absolute-ttl", "1x", "LATCHKEY_SESSION_SHORT_ABSOLUTE_TTL"),
        ("--default-roles", "a,,b", "LATCHKEY_DEFAULT_ROLES"),
        ("--allowed-hosts", "https://a.example", "LATCHKEY_ALLOWED_HOSTS contains \"https://a.example\": write each"),
        ("--allowed-hosts", "*", "LATCHKEY_ALLOWED_HOSTS contains \"*\""),
        ("--security-contact", "security@example.org", "LATCHKEY_SECURITY_CONTACT is \"security@example.org\": write"),
        ("--trusted-proxies", "10.0.0.1,proxy", "LATCHKEY_TRUSTED_PROXIES contains \"proxy\": write IP addresses"),
        ("--registration", "on", "LATCHKEY_REGISTRATION is \"on\": write open or closed"),
        ("--allowed-origins", "*", "LATCHKEY_ALLOWED_ORIGINS contains \"*\": write each origin in full"),
        ("--allowed-origins", "https://a.example,https://x:hunter2@b.example", "LATCHKEY_ALLOWED_ORIGINS contains an"),
        ("--introspection-client", "hunter2", "LATCHKEY_INTROSPECTION_CLIENT has no colon"),
        ("--introspection-client", "gateway:hunter2", "LATCHKEY_INTROSPECTION_CLIENT has too short a secret"),
        (
            "--introspection-client",
            "gateway:aaaaaaaaaaaaaaaa",
            "LATCHKEY_INTROSPECTION_CLIENT has a secret that repeats",
        ),
        ("--metrics-addr", "9090", "LATCHKEY_METRICS_ADDR is \"9090\": write an IP address and a port"),
        ("--metrics-addr", "127.0.0.1:3000", "LATCHKEY_METRICS_ADDR is 127.0.0.1:3000, like LATCHKEY_ADDR"),
        ("--throttle", "no", "LATCHKEY_THROTTLE is \"no\": write on or off"),
        ("--log", "loud", "LATCHKEY_LOG must be one of"),
        ("--demo", "yes", "LATCHKEY_DEMO is \"yes\": write on or off"),
    ];
    for (flag, value, complaint) in complaints {
        let error = settings(Path::new("x"), &[&format!("{flag}={value}")]).unwrap_err();
        assert!(error.starts_with(complaint), "{flag} {value}: {error}");
        assert!(!error.contains("hunter2") && !error.contains('\n'), "{error}");
    }
}

#[test]
fn valid_settings_are_accepted() {
    let arguments = ["--addr", "0.0.0.0:80", "--public-url", "https://login.example.org/", "--access-token-ttl", "2s"];
    let settings = settings(Path::new("x"), &arguments).unwrap();
    assert_eq!(settings.server.http.public_url, "https://login.example.org");
    assert_eq!(settings.server.lifetimes.access_token_ttl.as_secs(), 2);
}

#[test]
fn port_0_listens_on_a_free_port_named_in_the_log() {
    let settings = [("LATCHKEY_ADDR", "127.0.0.1:0"), ("LATCHKEY_METRICS_ADDR", "127.0.0.1:0")];
    let mut binary = Binary::start_on_a_free_port(&settings);
    let ready = |binary: &Binary| -> Option<serde_json::Value> {
        let lines = binary.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect::<Vec<_>>();
        lines.into_iter().find(|line: &serde_json::Value| line["message"] == "ready")
    };
    binary.wait_until("it is ready", |binary| ready(binary).is_some());
    let line = ready(&binary).unwrap();
    let (addr, metrics) = (line["addr"].as_str().unwrap(), line["metrics"].as_str().unwrap());
    assert!(!addr.ends_with(":0") && !metrics.ends_with(":0") && addr != metrics, "{line}");
    assert_eq!(send(addr, b"GET /healthz HTTP/1.1\r\n", "").status, 200);
    assert!(send(metrics, b"GET /metrics HTTP/1.1\r\n", "").body.contains("latchkey_build_info"));
    let issuer = send(addr, b"GET /.well-known/oauth-authorization-server HTTP/1.1\r\n", "").text("issuer");
    assert_eq!(issuer, format!("http://{addr}"));
    assert!(binary.stdout().contains(&format!("http://{addr}")), "{}", binary.stdout());
}

/// A supervisor may stop the server while it still waits for its database.
#[test]
fn stop_signal_during_the_start_ends_it_with_success() {
    use crate::support::binary::Binary;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let database = format!("postgres://{}/latchkey", silent.local_addr().unwrap());
    let binary = Binary::start_on_a_free_port(&[("LATCHKEY_DATABASE_URL", &database)]);
    let _connection = silent.accept().unwrap();
    assert_eq!(binary.terminate().code(), Some(0));
}
