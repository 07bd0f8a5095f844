//! The metrics: what each one counts, that clients cannot create series, and the answers of their listener.

mod sqlite;

use crate::support::binary::{self, Binary, free_address};
use crate::support::outside::{Action, Trigger};
use crate::support::{PASSWORD, Server};
use latchkey::brand::BRAND;
use latchkey_axum::jobs;
use serde_json::json;
use sqlx::Executor as _;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// The value of a series, as it is written in a scrape.
fn value(scrape: &str, series: &str) -> f64 {
    let line = scrape.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{scrape}")).parse().unwrap()
}

fn now(server: &Server, series: &str) -> f64 {
    value(&server.app.server.metrics.to_text(), series)
}

/// The names of all series, without their labels.
fn names(scrape: &str) -> BTreeSet<&str> {
    let samples = scrape.lines().filter(|line| !line.starts_with('#'));
    samples.filter_map(|line| line.split(['{', ' ']).next()).collect()
}

/// Outcomes that have been counted, as `rotated 2, unknown 1`.
fn outcomes(server: &Server, family: &str) -> String {
    let scrape = server.app.server.metrics.to_text();
    let counted = scrape.lines().filter_map(|line| {
        let (outcome, count) = line.strip_prefix(&format!("{family}{{outcome=\""))?.split_once("\"} ")?;
        (count != "0").then(|| format!("{outcome} {count}"))
    });
    counted.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn refreshes_are_counted_by_outcome() {
    let server = Server::start().await;
    let refreshes = || outcomes(&server, "latchkey_refreshes_total");
    assert_eq!(refreshes(), "");
    let first = server.register("ada").await;
    let second = server.rotate(&first.refresh).await;
    server.rotate(&first.refresh).await;
    assert_eq!(refreshes(), "retried 1, rotated 1");

    server.rotate(&second.refresh).await;
    server.refresh(&first.refresh).await.refused("replayed");
    server.refresh(&first.refresh).await.refused("replayed");
    assert_eq!(refreshes(), "replayed 1, retried 1, revoked 1, rotated 2", "a session is replayed once");

    server.refresh("lkr_garbage").await.refused("unknown");
    let stranger = json!({ "refreshToken": server.log_in("ada").await.refresh, "accessToken": "garbage" });
    server.post("/api/token/refresh", stranger).await.refused("unknown");
    let restored = server.rotate(&server.log_in("ada").await.refresh).await;
    server.tamper("UPDATE sessions SET generation = 0").await;
    server.refresh(&restored.refresh).await.refused("restored");
    let old = server.log_in("ada").await;
    server.clock.advance(Duration::from_secs(24 * 60 * 60));
    server.refresh(&old.refresh).await.refused("expired");
    server.refresh(&old.refresh).await.refused("expired");
    let live = server.log_in("ada").await;
    server.add_trigger(Trigger::new("broken", "BEFORE UPDATE ON sessions", Action::Fail("broken"))).await;
    server.refresh(&live.refresh).await.problem(503, "unavailable");
    assert_eq!(refreshes(), "expired 2, failed 1, replayed 1, restored 1, retried 1, revoked 1, rotated 3, unknown 2");
}

#[tokio::test]
async fn sign_ins_and_registrations_are_counted_by_outcome() {
    let server = Server::start().await;
    server.register("ada").await;
    server.log_in("ada").await;
    let wrong = json!({ "username": "ada", "password": "wrong" });
    while server.post("/api/auth/login", wrong.clone()).await.status == 401 {}
    assert_eq!(outcomes(&server, "latchkey_logins_total"), "refused 5, succeeded 1, throttled 1");
    server.post("/api/auth/register", wrong).await.problem(422, "validation_failed");
    let taken = json!({ "username": "ada", "password": PASSWORD });
    server.post("/api/auth/register", taken).await.problem(409, "username_taken");
    assert_eq!(outcomes(&server, "latchkey_registrations_total"), "refused 2, succeeded 1");
    server.app.server.database.store.close().await;
    server
        .post("/api/auth/login", json!({ "username": "ada", "password": PASSWORD }))
        .await
        .problem(503, "unavailable");
    assert_eq!(outcomes(&server, "latchkey_logins_total"), "failed 1, refused 5, succeeded 1, throttled 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_hashing_queue_shows_in_the_metrics() {
    let server = std::sync::Arc::new(Server::with(&["--throttle", "off"]).await);
    let flood: Vec<_> = (0..150)
        .map(|_| {
            let server = server.clone();
            tokio::spawn(
                async move { server.post("/api/auth/login", json!({ "username": "x", "password": "x" })).await },
            )
        })
        .collect();
    let begun = Instant::now();
    while now(&server, "latchkey_hashing_waiting") < 1.0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "no request ever waited");
        tokio::task::yield_now().await;
    }
    let mut busy = 0.0;
    for login in flood {
        busy += f64::from(u8::from(login.await.unwrap().status == 503));
    }
    assert!(busy > 0.0);
    assert_eq!(now(&server, "latchkey_hashing_refused_total"), busy);
    assert_eq!(now(&server, "latchkey_hashing_waiting"), 0.0);
    assert_eq!(now(&server, "latchkey_hashes_total"), 150.0 - busy);
    assert_eq!(outcomes(&server, "latchkey_logins_total"), format!("busy {busy}, refused {}", 150.0 - busy));
}

#[tokio::test]
async fn requests_are_counted_and_timed_by_route() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    for _ in 0..3 {
        server.get_as(&tokens.access, "/api/me").await;
    }
    server.get("/api/me").await;
    let labels =
        |status: &str| format!("latchkey_http_requests_total{{route=\"/api/me\",method=\"GET\",status=\"{status}\"}}");
    assert_eq!((now(&server, &labels("2xx")), now(&server, &labels("4xx"))), (3.0, 1.0));
    let timed = "latchkey_http_request_duration_seconds_count{route=\"/api/me\"}";
    assert_eq!(now(&server, timed), 4.0);

    // A client that closes the connection at once.
    let sign_in = server.post("/api/auth/login", json!({ "username": "ada", "password": PASSWORD }));
    tokio::time::timeout(Duration::ZERO, sign_in).await.unwrap_err();
    let gone = "latchkey_http_requests_total{route=\"/api/auth/login\",method=\"POST\",status=\"none\"}";
    assert_eq!(now(&server, gone), 1.0);
}

#[tokio::test]
async fn unknown_paths_create_no_series() {
    let server = Server::start().await;
    let ask = async |from: u32| {
        for number in from..from + 30 {
            for path in [format!("/nothing/{number}"), format!("/api/{number}"), format!("/pkg/{number}.js?x={number}")]
            {
                server.get(&path).await;
                let request = axum::http::Request::builder().method(format!("M{number}").as_str()).uri(&path);
                server.send(request.body(axum::body::Body::empty()).unwrap()).await;
            }
        }
        server.app.server.metrics.to_text().lines().count()
    };
    let before = ask(0).await;
    assert_eq!(ask(1000).await, before);
    let other = "latchkey_http_requests_total{route=\"other\",method=\"other\",status=\"4xx\"}";
    assert_eq!(now(&server, other), 60.0);
}

#[tokio::test]
async fn live_sessions_gauge_counts_refreshable_sessions() {
    let server = Server::start().await;
    let look = async || {
        jobs::gauges::measure(&server.app.server.database, &server.app.server.metrics).await;
        (now(&server, "latchkey_live_sessions"), now(&server, "latchkey_database_ready"))
    };
    assert_eq!(look().await, (0.0, 1.0));
    let tokens = server.register("ada").await;
    server.log_in("ada").await;
    server.log_in("ada").await;
    assert_eq!(look().await, (3.0, 1.0));
    server.post("/api/token/revoke", json!({ "refreshToken": tokens.refresh })).await;
    assert_eq!(look().await, (2.0, 1.0));
    server.clock.advance(Duration::from_secs(11 * 60 * 60));
    server.log_in("ada").await;
    server.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(look().await, (1.0, 1.0));
    server.app.server.database.store.close().await;
    assert_eq!(look().await, (1.0, 0.0));
}

/// A lock outside the server's queues: the statement itself waits, alone or with others.
#[tokio::test]
async fn wait_for_a_lock_of_another_program_is_measured() {
    let server = Server::start().await;
    let devices = [server.register("ada").await, server.log_in("ada").await, server.log_in("ada").await];
    for waiting in [&devices[..1], &devices[..]] {
        let begun = now(&server, "latchkey_database_write_wait_seconds_sum");
        let mut other = server.lock_writes().await;
        let refreshes = futures::future::join_all(waiting.iter().map(|device| server.rotate(&device.refresh)));
        tokio::pin!(refreshes);
        tokio::time::timeout(Duration::from_millis(400), &mut refreshes).await.unwrap_err();
        other.execute("ROLLBACK").await.unwrap();
        refreshes.await;
        let waited = now(&server, "latchkey_database_write_wait_seconds_sum") - begun;
        assert!(waited >= 0.3, "{waited} s, {} at once", waiting.len());
    }
}

async fn listen(server: &Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(latchkey_axum::metrics::serve(listener, server.app.server.clone()));
    address
}

async fn ask(address: SocketAddr, head: &'static str) -> binary::Plain {
    tokio::task::spawn_blocking(move || binary::send(&address.to_string(), head.as_bytes(), "")).await.unwrap()
}

#[tokio::test]
async fn metrics_listener_serves_only_the_metrics() {
    let server = Server::start().await;
    let address = listen(&server).await;
    let scrape = ask(address, "GET /metrics HTTP/1.1\r\n").await;
    assert_eq!(scrape.status, 200);
    assert_eq!(scrape.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(scrape.body.ends_with("# EOF\n"), "{}", scrape.body);
    let build = format!("latchkey_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(value(&scrape.body, &build), 1.0);
    for (head, status) in [
        ("GET / HTTP/1.1\r\n", 404),
        ("GET /api/me HTTP/1.1\r\n", 404),
        ("GET /healthz HTTP/1.1\r\n", 404),
        ("POST /metrics HTTP/1.1\r\n", 405),
    ] {
        assert_eq!(ask(address, head).await.status, status, "{head}");
    }
    assert_eq!(server.get("/metrics").await.status, 404, "the public has no metrics");
    server.app.server.database.store.close().await;
    assert_eq!(ask(address, "GET /metrics HTTP/1.1\r\n").await.status, 200, "whatever the database does");
}

#[tokio::test]
async fn metrics_listener_drops_silent_clients() {
    let server = Server::start().await;
    let address = listen(&server).await;
    let silent: Vec<_> = (0..20).map(|_| TcpStream::connect(address).unwrap()).collect();
    let begun = Instant::now();
    assert_eq!(ask(address, "GET /metrics HTTP/1.1\r\n").await.status, 200);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    for mut stream in silent {
        tokio::task::spawn_blocking(move || stream.read_to_end(&mut Vec::new()).unwrap()).await.unwrap();
    }
}

#[test]
fn program_serves_metrics_and_counts_keyring_changes() {
    let address = free_address();
    let mut binary = Binary::start(&[("LATCHKEY_METRICS_ADDR", &address)]);
    let scrape = |_: &Binary| binary::send(&address, b"GET /metrics HTTP/1.1\r\n", "").body;
    binary.wait_until("the database has been looked at", |binary| {
        value(&scrape(binary), "latchkey_database_ready") == 1.0
    });
    let changes = |binary: &Binary, outcome: &str| {
        value(&scrape(binary), &format!("latchkey_keyring_changes_total{{outcome=\"{outcome}\"}}"))
    };
    let (keyring, good) = (binary.data("keyring.json"), fs::read(binary.data("keyring.json")).unwrap());
    fs::write(&keyring, "garbage").unwrap();
    binary.wait_until("a bad keyring is counted", |binary| changes(binary, "refused") == 1.0);
    fs::write(&keyring, good).unwrap();
    let rotated = std::process::Command::new(env!("CARGO_BIN_EXE_latchkey"))
        .env_clear()
        .args(["key", "rotate", "--data-dir"])
        .arg(binary.folder.path().join("data"))
        .output();
    assert!(rotated.unwrap().status.success());
    binary.wait_until("a good one is counted", |binary| changes(binary, "taken_up") == 1.0);
}

#[test]
fn metrics_address_in_use_is_named_with_its_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, folder) = (taken.local_addr().unwrap().to_string(), tempfile::TempDir::new().unwrap());
    fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_latchkey"))
        .env_clear()
        .current_dir(folder.path())
        .args(["--addr", &free_address(), "--leptos-site-root", "site", "--metrics-addr", &address])
        .output()
        .unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("LATCHKEY_METRICS_ADDR") && complaint.contains(&address), "{complaint}");
}

/// The metrics of a server with every series that a dashboard can use.
async fn full_scrape() -> String {
    let server = Server::start().await;
    server.get("/api/me").await;
    server.app.server.metrics.to_text()
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Every word that looks like the name of a metric.
fn mentioned(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let prefix = BRAND.metrics_prefix();
    words.filter(|word| word.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('_'))).collect()
}

#[tokio::test]
async fn dashboard_and_alerts_use_only_existing_series() {
    let scrape = full_scrape().await;
    let there = names(&scrape);
    for (file, at_least) in [("ops/grafana-dashboard.json", 10), ("ops/alerts.yml", 4)] {
        let text = read(file).replace("\\\"", "\"");
        let names = mentioned(&text);
        assert!(names.len() >= at_least, "{file} was not understood: {names:?}");
        for name in names {
            assert!(there.contains(name), "{file}: {name}");
        }
        for label in ["outcome=\"", "route=\""] {
            for (at, _) in text.match_indices(label) {
                let end = at + label.len() + text[at + label.len()..].find('"').unwrap() + 1;
                let pair = &text[at..end];
                let route_exists = server_fn_exists(pair);
                assert!(scrape.contains(pair) || route_exists, "{file}: {pair}");
            }
        }
    }
    serde_json::from_str::<serde_json::Value>(&read("ops/grafana-dashboard.json")).unwrap();
}

/// A route of the API need not have been requested yet.
fn server_fn_exists(pair: &str) -> bool {
    use leptos::server_fn::axum::server_fn_paths;
    server_fn_paths().any(|(path, _)| pair == format!("route=\"{path}\""))
}

#[tokio::test]
async fn every_metric_is_documented() {
    let scrape = full_scrape().await;
    let explained = read("docs/operations.md");
    let explained = mentioned(&explained);
    let families = names(&scrape)
        .into_iter()
        .map(|name| ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name));
    for name in families {
        assert!(explained.contains(name), "docs/operations.md does not explain {name}");
    }
    for name in explained {
        assert!(names(&scrape).iter().any(|there| there.starts_with(name)), "there is no {name}");
    }
}
