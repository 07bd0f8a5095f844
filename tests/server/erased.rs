//! Deleted data do not remain in the bytes of the database and its write-ahead log.

use crate::support::{PASSWORD, Place, Server};
use latchkey_axum::jobs::finish::{erase, finish, run};
use serde_json::json;
use sqlx::{Connection as _, Executor as _};
use std::time::{Duration, Instant};

const NAME: &str = "quentin-abelard";
const SHOWN: &str = "Quentin Abelard of Nowhere";
const ADDRESS: &str = "203.0.113.177";
const PROGRAM: &str = "Peculiar-Browser/77.1";

/// Several hundred users whose names are spread over the alphabet, so that there are pages, and rows move between them.
const OTHERS: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO users (id, username, username_key, display_name, password_hash, roles, created_at, password_changed_at)
    SELECT hex(randomblob(11)), hex(randomblob(8)), hex(randomblob(8)), hex(randomblob(8)), hex(randomblob(48)), '', 1, 1 FROM n";

const THEIR_SESSIONS: &str = "
    INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at, last_seen_at,
                          idle_expires_at, absolute_expires_at, remember, ip, user_agent)
    SELECT hex(randomblob(11)), id, hex(randomblob(21)), 0, 0, 1, 1, 1, 1, 1, 0, '192.0.2.1', 'curl/8.5.0' FROM users WHERE roles = ''";

async fn add_others(server: &Server) {
    // As the server writes: without this the test itself would leave traces.
    let mut connection = server.connect().await;
    for statement in ["PRAGMA secure_delete = ON", OTHERS, THEIR_SESSIONS] {
        connection.execute(statement).await.unwrap();
    }
    connection.close().await.unwrap();
}

fn bytes(server: &Server) -> Vec<u8> {
    let read = |name: &str| std::fs::read(server.data.path().join(name)).unwrap_or_default();
    [read("latchkey.db"), read("latchkey.db-wal")].concat()
}

fn occurrences(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).filter(|window| window.eq_ignore_ascii_case(text.as_bytes())).count()
}

/// An account with all kinds of rows, and the texts that must not be found after its deletion.
async fn account(server: &Server) -> (String, Vec<String>) {
    let body = json!({ "username": NAME, "password": PASSWORD, "displayName": SHOWN });
    let answer = server.post("/api/auth/register", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let user_id = answer.json()["user"]["id"].as_str().unwrap().to_owned();
    let tokens = server.log_in_from(NAME, ADDRESS, PROGRAM).await;
    let hash = server.sql("SELECT password_hash FROM users WHERE username_key = 'quentin-abelard'").await;
    let salt_and_hash = hash.splitn(5, '$').last().unwrap().to_owned();
    let tokens = server.rotate(&tokens.refresh).await;
    let answer = server.post_as(&tokens.access, "/api/account/delete", json!({ "password": "wrong password" })).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    for place in [Place::new(ADDRESS, PROGRAM), Place::new("198.51.100.9", "curl/8.5.0")] {
        server.post_from(place, "/api/auth/login", json!({ "username": NAME, "password": "wrong password" })).await;
    }
    let digests = server.sql("SELECT group_concat(key) FROM login_failures WHERE user_id IS NOT NULL").await;
    assert_eq!(digests.split(',').count(), 3, "by session, by account in its network, by account elsewhere: {digests}");
    let traces = [NAME, SHOWN, ADDRESS, PROGRAM, &user_id, &salt_and_hash].into_iter().chain(digests.split(','));
    (tokens.access, traces.map(str::to_owned).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_account_leaves_no_name_hash_address_or_digest() {
    let server = Server::start().await;
    add_others(&server).await;
    let (access, traces) = account(&server).await;
    add_others(&server).await;
    let found = bytes(&server);
    for trace in &traces {
        assert!(occurrences(&found, trace) > 0, "the search finds what is there: {trace}");
    }
    let answer = server.post_as(&access, "/api/account/delete", json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);

    let job = tokio::spawn(run(server.app.server.database.clone()));
    let begun = Instant::now();
    let left = || traces.iter().filter(|trace| occurrences(&bytes(&server), trace) > 0).collect::<Vec<_>>();
    while !left().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "still there: {:?}", left());
        tokio::task::yield_now().await;
    }
    job.abort();
    server.app.server.database.store.close().await;
    assert_eq!(left(), Vec::<&String>::new());
}

#[tokio::test]
async fn write_ahead_log_in_use_is_emptied_later() {
    let server = Server::start().await;
    let (access, traces) = account(&server).await;
    let mut reader = server.connect().await;
    reader.execute("BEGIN").await.unwrap();
    sqlx::query("SELECT * FROM users").fetch_all(&mut reader).await.unwrap();
    let answer = server.post_as(&access, "/api/account/delete", json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    finish(&server.app.server.database).await.unwrap();
    assert!(!erase(&server.app.server.database).await.unwrap());
    assert!(occurrences(&bytes(&server), &traces[0]) > 0, "the reader sees the account as it was");
    // No other client has to wait for that reader.
    server.register("ada").await;
    reader.execute("COMMIT").await.unwrap();
    assert!(erase(&server.app.server.database).await.unwrap());
    for trace in traces {
        assert_eq!(occurrences(&bytes(&server), &trace), 0, "{trace}");
    }
}

fn log_size(server: &Server) -> u64 {
    std::fs::metadata(server.data.path().join("latchkey.db-wal")).map_or(0, |file| file.len())
}

/// The database is rewritten after a deletion. That must not be repeated for as long as another program reads: each
/// time the log, which cannot be emptied, would grow by the size of the database.
#[tokio::test]
async fn write_ahead_log_in_use_does_not_grow_by_erasing() {
    for empty_at_first in [false, true] {
        let server = Server::start().await;
        add_others(&server).await;
        let (access, traces) = account(&server).await;
        if empty_at_first {
            assert!(erase(&server.app.server.database).await.unwrap());
            assert_eq!(log_size(&server), 0);
        }
        let mut reader = server.connect().await;
        reader.execute("BEGIN").await.unwrap();
        sqlx::query("SELECT * FROM users").fetch_all(&mut reader).await.unwrap();
        if empty_at_first {
            server.app.server.database.store.pending_work().files_hold_deleted_rows();
        } else {
            let answer = server.post_as(&access, "/api/account/delete", json!({ "password": PASSWORD })).await;
            assert_eq!(answer.status, 204, "{}", answer.text);
            finish(&server.app.server.database).await.unwrap();
        }
        let mut sizes = Vec::new();
        for _ in 0..3 {
            assert!(!erase(&server.app.server.database).await.unwrap());
            sizes.push(log_size(&server));
        }
        assert_eq!((sizes[1], sizes[2]), (sizes[0], sizes[0]), "empty at first: {empty_at_first}");
        reader.execute("COMMIT").await.unwrap();
        assert!(erase(&server.app.server.database).await.unwrap());
        assert_eq!(log_size(&server), 0);
        let name = if empty_at_first { 0 } else { occurrences(&bytes(&server), &traces[0]) };
        assert_eq!(name, 0, "the deleted account is still there");
    }
}
