//! Compares the cost of a refresh in a large and in a small database.
//!
//! `cargo bench --features ssr --bench scale` prints medians and asserts nothing.

#![allow(clippy::unwrap_used, reason = "a measurement that fails has nothing to report")]

use clap::Parser as _;
use latchkey::config::{Options, Settings};
use latchkey::server::startup::{self, Opened};
use latchkey::state::App;
use latchkey_axum::startup::Latchkey;
use latchkey_core::clock::SystemClock;
use latchkey_core::ids::SessionId;
use latchkey_core::random::SystemRandom;
use latchkey_core::sessions::{ClientInfo, ParsedRefreshToken, RowSecret, keyring::TagKey, lifecycle::Generation};
use latchkey_wire::{RefreshToken, Tokens};
use sqlx::{Connection as _, Executor as _, Row as _};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ROUNDS: usize = 3;
const REFRESHES: usize = 1000;

/// Users, and the sessions of each; one more user has `of_one` sessions.
const SMALL: Size = Size { others: 0, sessions_each: 0, of_one: 10 };
const LARGE: Size = Size { others: 19_000, sessions_each: 10, of_one: 10_000 };

#[derive(Clone, Copy)]
struct Size {
    others: i64,
    sessions_each: i64,
    of_one: i64,
}

/// Parses the settings as the command line does.
#[derive(clap::Parser)]
struct CommandLine {
    #[command(flatten)]
    options: Options,
}

struct Database {
    app: App,
    _latchkey: Latchkey,
    /// The refresh tokens of the one user with many sessions.
    tokens: Vec<RefreshToken>,
    _folder: TempDir,
}

#[tokio::main]
async fn main() {
    let (small, large) = (Database::fill(SMALL).await, Database::fill(LARGE).await);
    let mut databases = [small, large];
    let mut medians = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let mut times = [Vec::new(), Vec::new()];
        // Alternately, so that other load on the machine affects both.
        for number in 0..REFRESHES {
            for (database, times) in databases.iter_mut().zip(&mut times) {
                times.push(database.refresh(number).await);
            }
        }
        for (times, medians) in times.iter_mut().zip(&mut medians) {
            times.sort_unstable();
            medians.push(times[times.len() / 2]);
        }
    }
    for (size, medians) in [SMALL, LARGE].iter().zip(medians) {
        let all = size.of_one + size.others * size.sessions_each;
        println!("{all:>7} sessions, {:>6} of one user: refresh, median of each round {medians:?}", size.of_one);
    }
}

impl Database {
    async fn fill(size: Size) -> Self {
        let folder = TempDir::new().unwrap();
        let line = ["latchkey", "--data-dir", folder.path().to_str().unwrap()];
        let settings = Settings::new(CommandLine::parse_from(line).options).unwrap();
        let url = settings.server.database.url().unwrap();
        let Opened { app, latchkey, .. } =
            startup::open(settings, Arc::new(SystemClock), Arc::new(SystemRandom)).await.unwrap();

        let begun = Instant::now();
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
        let now = app.server.database.clock.now().millis();
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        for (prefix, users, each) in [("other-", size.others, size.sessions_each), ("one-", 1, size.of_one)] {
            sqlx::query(USERS).bind(prefix).bind(users).bind(now).execute(&mut connection).await.unwrap();
            sqlx::query(SESSIONS).bind(prefix).bind(each).bind(now).execute(&mut connection).await.unwrap();
        }
        connection.execute("COMMIT").await.unwrap();
        let all: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sessions").fetch_one(&mut connection).await.unwrap();
        assert_eq!(all, size.of_one + size.others * size.sessions_each);
        eprintln!("{all} sessions in {:?}", begun.elapsed());

        let query = "SELECT id, secret FROM sessions WHERE user_id = 'one-1' ORDER BY id";
        let rows = sqlx::query(query).fetch_all(&mut connection).await.unwrap();
        let (keyring, now) = (app.server.sessions.keyring(), app.server.database.clock.now());
        let mint = |row: &sqlx::any::AnyRow| {
            let id = SessionId::parse(row.get(0)).unwrap();
            let secret = RowSecret::parse(row.get(1)).unwrap();
            ParsedRefreshToken::mint(keyring.secret(&TagKey::Oldest, now), id, Generation(0), secret)
                .encode(latchkey_wire::REFRESH_TOKEN_PREFIX)
        };
        let tokens = rows.iter().map(mint).collect();
        connection.close().await.unwrap();
        Self { app, _latchkey: latchkey, tokens, _folder: folder }
    }

    /// Refreshes another one of the many sessions each time, far from the previous one in the index.
    async fn refresh(&mut self, number: usize) -> Duration {
        let at = (number * 7919) % self.tokens.len();
        let begun = Instant::now();
        let issued = self.app.server.sessions.refresh(&self.tokens[at], None, &ClientInfo::default()).await.unwrap();
        let took = begun.elapsed();
        self.tokens[at] = Tokens::from(black_box(issued)).refresh_token;
        took
    }
}

const USERS: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 WHERE 1 <= $2 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
    INSERT INTO users (id, username, username_key, display_name, password_hash, roles, created_at, password_changed_at)
    SELECT $1 || i, $1 || i, $1 || i, $1 || i, '', 'Manager', $3, $3 FROM n";

/// Ids and secrets in the right format: hexadecimal digits are valid base64url, and the `A` completes the last byte.
const SESSIONS: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 WHERE 1 <= $2 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
    INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at, last_seen_at,
                          idle_expires_at, absolute_expires_at, remember, ip, user_agent)
    SELECT substr(hex(randomblob(16)), 1, 21) || 'A', users.id, substr(hex(randomblob(32)), 1, 42) || 'A', 0, 0,
           $3, $3, $3, $3 + 604800000, $3 + 2592000000, 1, '192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0)'
    FROM users CROSS JOIN n WHERE users.id LIKE $1 || '%'";
