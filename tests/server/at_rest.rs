//! No usable secret is stored: neither the database files nor the log, at any level, contain a token or a password in
//! any encoding.

use crate::support::outside::{Action, Trigger};
use crate::support::{Server, Tokens};
use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::sync::Mutex;
use std::time::Duration;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// All log lines since the test began, of every library and level, including those of other tests.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Tap;

impl io::Write for Tap {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// For the whole process, because libraries also log from their own threads. Unlike the server, it does not limit
/// libraries to warnings.
fn tap_the_log() {
    let everything = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_span_events(FmtSpan::FULL);
    everything.with_ansi(false).with_writer(|| Tap).finish().try_init().unwrap();
}

/// Passwords that only this test uses.
const CHOSEN: &str = "Tr0mbone \"quoted\" & 50% ünsafe";
const OTHERS: &str = "bassoon behind the bookshelf";
const WRONG: &str = "clarinet-clarinet-clarinet";
const REFUSED: &str = "oboe-oboe-oboe-refused";
const IN_BROKEN_JSON: &str = "piccolo-in-a-broken-body";

#[derive(Default)]
struct Secrets(BTreeSet<Vec<u8>>);

impl Secrets {
    /// A text in every spelling in which it might be kept or printed.
    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        for spelling in [
            json!(text).to_string().trim_matches('"').to_owned(),
            format!("{text:?}").trim_matches('"').to_owned(),
            text.escape_default().to_string(),
            text.escape_unicode().to_string(),
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            text.to_lowercase(),
        ] {
            self.0.insert(spelling.into_bytes());
        }
    }

    /// Bytes as they are, as hex, as base64 at each of its three alignments, and as Rust prints them.
    fn bytes(&mut self, bytes: &[u8]) {
        let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        self.0.extend([bytes.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()]);
        for skipped in 0..3 {
            // Whole groups of three are the same whatever comes after them.
            let groups = &bytes[skipped..][..(bytes.len() - skipped) / 3 * 3];
            self.0.extend([STANDARD.encode(groups).into_bytes(), URL_SAFE_NO_PAD.encode(groups).into_bytes()]);
        }
        self.0.insert(format!("{bytes:?}").trim_matches(['[', ']']).as_bytes().to_vec());
    }

    fn tokens(&mut self, tokens: &Tokens) {
        self.text(&tokens.access);
        self.text(&tokens.refresh);
        let (unsigned, signature) = tokens.access.rsplit_once('.').unwrap();
        self.text(unsigned);
        self.text(signature);
        self.bytes(&URL_SAFE_NO_PAD.decode(signature).unwrap());
        // The session's id and the generation are not secret; the tag after them is.
        let raw = URL_SAFE_NO_PAD.decode(&tokens.refresh[4..]).unwrap();
        self.bytes(&raw[20..]);
        self.text(&tokens.refresh[4 + 28..]);
    }

    fn assert_absent(&self, place: &str, content: &[u8]) {
        for secret in &self.0 {
            assert!(secret.len() > 15, "too short to mean anything: {secret:?}");
            let found = contains(content, secret);
            assert!(!found, "{place} holds {}", String::from_utf8_lossy(secret));
        }
    }
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    let first = part[0];
    let mut from = 0;
    while let Some(at) = content[from..].iter().position(|byte| *byte == first) {
        if content[from + at..].starts_with(part) {
            return true;
        }
        from += at + 1;
    }
    false
}

/// The files in the data folder, and the tables of a PostgreSQL database as text.
async fn stored(server: &Server) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(server.data.path()).unwrap().map(|file| file.unwrap());
    let content = |file: std::fs::DirEntry| std::fs::read(file.path()).unwrap();
    let mut stored: Vec<_> = files.map(|file| (file.file_name().into_string().unwrap(), content(file))).collect();
    if server.is_on_postgres() {
        let tables = server.sql("SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'public'").await;
        for table in tables.split(' ') {
            let rows = format!("SELECT COALESCE(string_agg(CAST(t AS TEXT), ' '), '') FROM {table} t");
            stored.push((table.to_owned(), server.sql(rows.leak()).await.into_bytes()));
        }
    }
    stored
}

#[tokio::test]
async fn database_and_log_contain_no_token_or_password() {
    tap_the_log();
    let server = Server::start().await;
    let mut secrets = Secrets::default();
    for password in [CHOSEN, OTHERS, WRONG, REFUSED, IN_BROKEN_JSON] {
        secrets.text(password);
    }
    let busy = use_every_endpoint(&server).await;
    for tokens in &busy {
        secrets.tokens(tokens);
    }
    let session = busy[0].claims()["sid"].as_str().unwrap().to_owned();

    let with_session = ["latchkey.db-wal", "latchkey.db"];
    for (is_open, found_in) in [true, false].into_iter().zip(with_session) {
        if !is_open {
            server.app.server.database.store.close().await;
        }
        let stored = stored(&server).await;
        for (name, content) in &stored {
            secrets.assert_absent(name, content);
            assert!(!contains(content, b"lkr_"), "{name} holds what begins like a refresh token");
        }
        let found = if server.is_on_postgres() { "sessions" } else { found_in };
        let found = stored.iter().any(|(name, content)| name == found && contains(content, session.as_bytes()));
        assert!(found, "the search finds what is there");
    }

    let log = LOG.lock().unwrap().clone();
    secrets.assert_absent("the log", &log);
    for line in ["retry: the same refresh token again", "session ended on presentation", "the database is unavailable"]
    {
        assert!(contains(&log, line.as_bytes()), "the log was not tapped: {line}");
    }
}

/// Everything that the server has to do with tokens and passwords, right, wrong and failing. Answers with all tokens
/// that were in it.
async fn use_every_endpoint(server: &Server) -> Vec<Tokens> {
    let sign_in = |path: &'static str, username: &'static str, password: &'static str| {
        server.post(path, json!({ "username": username, "password": password, "remember": true }))
    };
    let (register, log_in) = ("/api/auth/register", "/api/auth/login");
    let first = sign_in(register, "ada", CHOSEN).await.tokens();
    let other = sign_in(register, "grace", OTHERS).await.tokens();
    sign_in(register, "ada", REFUSED).await.problem(409, "username_taken");
    sign_in(register, "not a name", REFUSED).await.problem(422, "validation_failed");
    let again = sign_in(log_in, "ada", CHOSEN).await.tokens();
    sign_in(log_in, "ada", WRONG).await.problem(401, "invalid_credentials");
    sign_in(log_in, "unknown", WRONG).await.problem(401, "invalid_credentials");
    // The password in the field of the name, as happens by mistake.
    sign_in(log_in, CHOSEN, "").await.problem(401, "invalid_credentials");
    sign_in(log_in, WRONG, WRONG).await.problem(401, "invalid_credentials");
    sign_in(register, OTHERS, "").await.problem(422, "validation_failed");
    let broken = format!("{{\"username\":\"ada\",\"password\":\"{IN_BROKEN_JSON}\"");
    let broken = Request::post(log_in).header(header::CONTENT_TYPE, "application/json").body(Body::from(broken));
    server.send(broken.unwrap()).await.problem(400, "invalid_request");

    let second = server.rotate(&first.refresh).await;
    let retried = server.rotate(&first.refresh).await;
    server.get_as(&second.access, "/api/me").await;
    server.get_as(&second.access, "/api/customers").await;
    server.get_as(&second.refresh, "/api/me").await.problem(401, "invalid_token");
    server.refresh(&second.access).await.refused("unknown");
    let body = json!({ "refreshToken": second.refresh, "accessToken": other.access });
    server.post("/api/token/refresh", body).await.refused("unknown");
    let body = json!({ "refreshToken": second.refresh, "accessToken": second.access });
    let third = server.post("/api/token/refresh", body).await.tokens();
    server.get_as(&third.access, &format!("/api/{}", third.access)).await.problem(404, "not_found");
    server.get_as(&third.access, &format!("/api/me?refreshToken={}", third.refresh)).await;

    // Failures are logged in the most detail.
    server.add_trigger(Trigger::new("broken", "BEFORE UPDATE ON sessions", Action::Fail("broken"))).await;
    server.refresh(&third.refresh).await.problem(503, "unavailable");
    server.drop_trigger("broken").await;

    server.refresh(&first.refresh).await.refused("replayed");
    server.get_as(&third.access, "/api/me").await.problem(401, "invalid_token");
    server.clock.advance(Duration::from_secs(400));
    server.get_as(&again.access, "/api/me").await.problem(401, "invalid_token");
    let again_later = server.rotate(&again.refresh).await;
    assert_eq!(server.post_as(&again_later.access, "/api/token/revoke", json!({})).await.status, 204);
    let body = json!({ "refreshToken": other.refresh });
    assert_eq!(server.post("/api/token/revoke", body).await.status, 204);
    vec![first, other, again, second, retried, third, again_later]
}
