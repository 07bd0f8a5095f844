//! The floors: each unavoidable cost of a request, alone in a loop on the server's core.

use argon2::password_hash::{PasswordHasher as _, SaltString};
use argon2::{Algorithm as Argon2Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::{Json, Router, routing::get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::{FutureExt as _, StreamExt as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many statements are sent to SQLite at once.
const COMMITS: usize = 250;

/// Commits a second: one row updated, write-ahead log, `synchronous = FULL`, each update in its own transaction.
///
/// sqlx runs SQLite on a separate thread, and switching threads for each statement costs a large part of the
/// statement's own time. So statements are sent by the hundred, with space for all their results, and this thread
/// sleeps meanwhile.
pub async fn commits(folder: &Path, time: Duration) -> Result<f64> {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("floor.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .row_buffer_size(COMMITS + 1)
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    connection.execute("CREATE TABLE counter (id TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)").await?;
    connection.execute("INSERT INTO counter VALUES ('one', 0)").await?;
    let updates = "UPDATE counter SET n = n + 1 WHERE id = 'one';".repeat(COMMITS);
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < time {
        let mut results = connection.fetch_many(sqlx::raw_sql(sqlx::AssertSqlSafe(updates.clone())));
        loop {
            match results.next().now_or_never() {
                Some(Some(result)) => done += usize::from(result?.is_left()),
                Some(None) => break,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }
    let rate = done as f64 / began.elapsed().as_secs_f64();
    connection.close().await?;
    Ok(rate)
}

/// About as long as header and claims of an access token.
const MESSAGE: &[u8] = &[b'x'; 440];

/// ES256 signatures a second, by the call that the server makes.
pub fn signatures(time: Duration) -> Result<f64> {
    let (private, _) = key_pair()?;
    repeat(time, || Ok(crypto::sign(black_box(MESSAGE), &private, Algorithm::ES256)?))
}

/// ES256 verifications a second, by the call that the server makes.
pub fn verifications(time: Duration) -> Result<f64> {
    let (private, public) = key_pair()?;
    let signature = crypto::sign(MESSAGE, &private, Algorithm::ES256)?;
    repeat(time, || {
        let right = crypto::verify(black_box(&signature), MESSAGE, &public, Algorithm::ES256)?;
        if right { Ok(()) } else { Err("a good signature did not verify".into()) }
    })
}

fn key_pair() -> Result<(EncodingKey, DecodingKey)> {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref())?;
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    let public = DecodingKey::from_ec_components(&URL_SAFE_NO_PAD.encode(x), &URL_SAFE_NO_PAD.encode(y))?;
    Ok((EncodingKey::from_ec_der(pkcs8.as_ref()), public))
}

/// argon2id hashes a second, with the server's parameters.
pub fn hashes(time: Duration) -> Result<f64> {
    let params = Params::new(19_456, 2, 1, None).map_err(|error| error.to_string())?;
    let argon2 = Argon2::new(Argon2Algorithm::Argon2id, Version::V0x13, params);
    let salt = SaltString::encode_b64(&[7; 16]).map_err(|error| error.to_string())?;
    repeat(time, || {
        let hash = argon2.hash_password(black_box(b"plain cherry tractor 1874"), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| error.to_string().into())
    })
}

fn repeat<T>(time: Duration, mut work: impl FnMut() -> Result<T>) -> Result<f64> {
    work()?; // the first one sets things up
    let began = Instant::now();
    let mut done = 0;
    while began.elapsed() < time {
        black_box(work()?);
        done += 1;
    }
    Ok(f64::from(done) / began.elapsed().as_secs_f64())
}

/// Serves one JSON answer of the size of that of `/api/me`, until it is killed.
pub async fn bare_route(port: u16) -> Result<()> {
    let answer = || async {
        Json(json!({
            "user": { "id": "0123456789012345678901", "username": "account0", "displayName": "account0", "roles": ["Manager"] },
            "session": {
                "id": "0123456789012345678901", "createdAt": "2026-01-01T00:00:00.000Z",
                "lastSeenAt": "2026-01-01T00:00:00.000Z", "idleExpiresAt": "2026-01-01T00:00:00.000Z",
                "absoluteExpiresAt": "2026-01-01T00:00:00.000Z", "generation": 1, "remember": true,
            },
        }))
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    Ok(axum::serve(listener, Router::new().route("/", get(answer))).await?)
}
