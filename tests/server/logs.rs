//! The log of the real program: one line for each request, no secret at any level, and no line that a client forged.

use crate::support::binary::{Binary, Plain};
use crate::support::command::{latchkey, run};
use latchkey::server::telemetry::{LogFormat, subscriber};
use serde_json::{Value, json};
use std::io;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tracing::Level;

/// The lines; each must be complete JSON without ambiguous characters.
fn lines(log: &str) -> Vec<Value> {
    assert!(!log.chars().any(|c| c != '\n' && c.is_control()), "{log:?}");
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The line of the request with this answer. An answer may arrive before its line is written.
fn line_of(binary: &mut Binary, answer: &Plain) -> Value {
    // Header lines are in lower case, ids are not.
    let id = answer.header("x-request-id");
    let is_it = |line: &Value| {
        line["method"].is_string() && line["request"]["id"].as_str().is_some_and(|own| own.to_lowercase() == id)
    };
    binary.wait_until("the line is written", |binary| {
        binary.log().ends_with('\n') && lines(&binary.log()).iter().any(is_it)
    });
    let mut found = lines(&binary.log()).into_iter().filter(is_it);
    let (Some(line), None) = (found.next(), found.next()) else { panic!("not one line: {}", binary.log()) };
    line
}

const PASSWORD: &str = "marker-trombone-behind-the-shed";
const WRONG: &str = "marker-clarinet-in-the-rain";

#[test]
fn each_request_logs_one_line_with_its_id() {
    let mut binary = Binary::start(&[("LATCHKEY_TRUSTED_PROXIES", "127.0.0.1")]);
    let proxied = "X-Forwarded-For: 203.0.113.7\r\n";
    let registered = binary.post("/api/auth/register", proxied, json!({ "username": "ada", "password": PASSWORD }));
    assert_eq!(registered.status, 201, "{registered:?}");
    let line = line_of(&mut binary, &registered);
    let wanted = json!({
        "level": "INFO", "message": "answered", "method": "POST", "route": "/api/auth/register", "status": 201,
        "client": "203.0.113.7", "target": "latchkey_axum::request_log",
        "request": { "id": line["request"]["id"] }, "ms": line["ms"], "timestamp": line["timestamp"],
    });
    assert_eq!(line, wanted);
    assert!(line["ms"].as_f64().unwrap() > 0.0 && line["timestamp"].is_string());

    let refused = binary.post("/api/auth/login?password=x", "", json!({ "username": "ada", "password": WRONG }));
    let line = line_of(&mut binary, &refused);
    assert_eq!((&line["status"], &line["code"]), (&json!(401), &json!("invalid_credentials")));
    assert_eq!((&line["route"], &line["client"]), (&json!("/api/auth/login"), &json!("127.0.0.1")));
    assert_eq!(refused.text("requestId"), line["request"]["id"].as_str().unwrap());
    for (path, route) in [("/nothing/here", "other"), ("/api/nothing", "/api/{*rest}"), ("/login?next=/x", "/login")] {
        let answer = binary.get(path);
        assert_eq!(line_of(&mut binary, &answer)["route"], route);
    }
    assert!(!binary.log().contains('?'), "{}", binary.log());
}

#[test]
fn warning_during_a_request_carries_its_id() {
    let mut binary = Binary::start(&[]);
    let first = binary.post("/api/auth/register", "", json!({ "username": "ada", "password": PASSWORD }));
    let second = binary.refresh(&first.text("refreshToken"));
    let third = binary.refresh(&second.text("refreshToken"));
    assert_eq!(third.status, 200);
    let replay = binary.refresh(&first.text("refreshToken"));
    assert_eq!(replay.text("reason"), "replayed");
    let id = line_of(&mut binary, &replay)["request"]["id"].clone();
    let warnings: Vec<_> = lines(&binary.log()).into_iter().filter(|line| line["level"] == "WARN").collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["request"]["id"], id);
    assert_eq!(warnings[0]["reason"], "replayed");
}

#[test]
fn health_checks_log_at_debug_and_failures_at_warn() {
    for (level, wanted) in [("warn", ""), ("info", "/login"), ("debug", "/healthz /readyz /login")] {
        let mut binary = Binary::start(&[("LATCHKEY_LOG", level)]);
        let answers = ["/healthz", "/readyz", "/login"].map(|path| binary.get(path));
        if level != "warn" {
            line_of(&mut binary, &answers[2]);
        }
        let routes: Vec<_> =
            lines(&binary.log()).iter().filter_map(|line| Some(line["route"].as_str()?.to_owned())).collect();
        assert_eq!(routes.join(" "), wanted, "{level}");
    }
}

#[test]
fn log_at_any_level_contains_no_secret() {
    for level in ["error", "info", "trace"] {
        let mut binary = Binary::start(&[("LATCHKEY_LOG", level)]);
        let enter = |path, username: &str, password: &str| {
            binary.post(path, "", json!({ "username": username, "password": password, "remember": true }))
        };
        let (register, log_in) = ("/api/auth/register", "/api/auth/login");
        let first = enter(register, "ada", PASSWORD);
        let other = enter(log_in, "ada", PASSWORD);
        enter(log_in, "ada", WRONG);
        enter(log_in, "unknown", WRONG);
        enter(log_in, WRONG, WRONG); // in the wrong field, as happens by mistake
        enter(register, WRONG, "short");
        let broken = binary.send(
            b"POST /api/auth/login HTTP/1.1\r\nContent-Type: application/json\r\n",
            &format!("{{\"username\":\"ada\",\"password\":\"{WRONG}\""),
        );
        assert_eq!(broken.status, 400);
        let second = binary.refresh(&first.text("refreshToken"));
        let (access, refresh) = (second.text("token"), second.text("refreshToken"));
        let bearer = |token: &str| format!("Authorization: Bearer {token}\r\nCookie: a={token}\r\n");
        // Tokens in the wrong places.
        for path in
            ["/api/me", &format!("/api/me?t={access}"), &format!("/api/{refresh}"), &format!("/{access}"), "/pkg/x"]
        {
            binary.send(format!("GET {path} HTTP/1.1\r\n{}", bearer(&access)).as_bytes(), "");
            binary.send(format!("GET {path} HTTP/1.1\r\n{}User-Agent: {refresh}\r\n", bearer(&refresh)).as_bytes(), "");
        }
        binary.refresh(&access);
        let third = binary.refresh(&refresh);
        let replay = binary.refresh(&first.text("refreshToken"));
        assert_eq!(replay.text("reason"), "replayed");
        binary.post("/api/token/revoke", &bearer(&other.text("token")), json!({}));
        let last = binary.refresh(&other.text("refreshToken"));
        assert_eq!(last.status, 400);
        if level != "error" {
            line_of(&mut binary, &last);
        }

        let written = format!("{}{}", binary.log(), binary.stdout());
        let answers = [&first, &other, &second, &third];
        let tokens = answers.iter().flat_map(|answer| [answer.text("token"), answer.text("refreshToken")]);
        // The end of a token is its secret part: the signature, or the tag. "eyJ" alone is not enough for its
        // beginning: one in ten thousand request ids contains it by chance.
        let secrets = tokens.flat_map(|token| [token[..20].to_owned(), token[token.len() - 30..].to_owned()]);
        for secret in secrets.chain([PASSWORD, WRONG, "lkr_"].map(str::to_owned)) {
            assert!(!written.contains(&secret), "{level}: {secret} in\n{written}");
        }
        assert_eq!(lines(&binary.log()).is_empty(), level == "error");
    }
}

#[test]
fn control_characters_of_a_client_do_not_reach_the_log() {
    let mut binary = Binary::start(&[("LATCHKEY_LOG", "trace"), ("LATCHKEY_TRUSTED_PROXIES", "127.0.0.1")]);
    let forged = "\n{\"level\":\"ERROR\",\"message\":\"forged\"}\u{1b}[31m\u{9b}31m\u{202e}\r";
    for name in [forged, "ada\u{85}forged", "ada\u{2028}forged"] {
        binary.post("/api/auth/login", "", json!({ "username": name, "password": name }));
        binary.post("/api/auth/register", "", json!({ "username": name, "password": name, "displayName": name }));
    }
    let heads: [&[u8]; 6] = [
        b"GET /%0a%0dforged%1b[31m HTTP/1.1\r\n",
        b"GET /forged\x7f\xc2\x9b31m HTTP/1.1\r\n",
        b"GET /api/%0aforged?x=%0aforged HTTP/1.1\r\n",
        b"FORGED /login HTTP/1.1\r\n",
        b"GET /login HTTP/1.1\r\nUser-Agent: a\tb\xc2\x9bforged\xc2\x85\r\n",
        b"GET /login HTTP/1.1\r\nX-Forwarded-For: \xc2\x9bforged, 1.2.3.4 forged\r\n",
    ];
    for head in heads {
        binary.send(head, "");
    }
    let last = binary.get("/login");
    line_of(&mut binary, &last);
    assert!(!binary.log().contains("forged") && !binary.log().contains("FORGED"), "{}", binary.log());
}

/// Where a test's own log goes.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn quoted_control_characters_stay_on_one_log_line() {
    let evil = "\r\nfaked=\"\u{1b}[2J\u{9b}2J\u{7f}\u{85}\u{2028}\u{202e}\0";
    for reader in [LogFormat::Text, LogFormat::Json] {
        let paper = Paper::default();
        let writer = paper.clone();
        let subscriber = subscriber(Level::WARN, reader, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            let _span = tracing::error_span!("request", id = "abc", shown = %evil, debugged = ?evil, evil).entered();
            tracing::error!(shown = %evil, debugged = ?evil, evil, "quoted: {evil}");
            tracing::warn!("{evil}");
            tracing::info!("below the level");
        });
        let written = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written.matches('\n').count(), 2, "{written:?}");
        assert!(written.ends_with('\n') && written.contains("abc") && written.contains("faked"), "{written:?}");
        // At a terminal, the lines have colours of their own.
        let own = written.replace("\u{1b}[", "").replace('\n', "");
        assert!(!own.chars().any(|c| c.is_control() || c == '\u{2028}' || c == '\u{202e}'), "{written:?}");
        assert!(!written.contains("\u{1b}[2J"), "{written:?}");
        if reader == LogFormat::Json {
            let line = &lines(&written)[0];
            assert_eq!((&line["request"]["id"], &line["level"]), (&json!("abc"), &json!("ERROR")));
            assert_eq!(line["message"], format!("quoted: {evil}"), "nothing is lost");
        }
    }
}

/// The pipe holds 64 KiB; this writes more than that.
#[test]
fn unread_log_does_not_delay_requests() {
    let binary = Binary::start_unread(&[]);
    for _ in 0..600 {
        assert_eq!(binary.get("/api/nothing").status, 404);
    }
    assert_eq!(binary.get("/healthz").status, 200);
}

#[test]
fn database_password_is_not_in_the_error() {
    let folder = TempDir::new().unwrap();
    let address = "postgres://ada@127.0.0.1:1/latchkey?passwd=geheim123";
    let ended = run(latchkey(folder.path()).env("LATCHKEY_DATABASE_URL", address).arg("serve"));
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(!ended.stderr.contains("geheim123") && !ended.stdout.contains("geheim123"), "{ended:?}");
}

#[test]
fn public_url_with_plain_http_is_warned_about() {
    for (address, warns) in [("http://login.example.org", true), ("https://login.example.org", false)] {
        let mut binary = Binary::start(&[("LATCHKEY_PUBLIC_URL", address)]);
        // Earlier lines are in the log when the line of this request is.
        let answer = binary.get("/api/nothing");
        line_of(&mut binary, &answer);
        assert_eq!(binary.log().contains("an attacker on the network can read"), warns, "{address}");
    }
}
