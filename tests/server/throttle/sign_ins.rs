//! The limit on sign-ins of an account in an hour.

use super::*;
use crate::support::START;
use latchkey_core::clock::{Clock as _, SystemClock};
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// `ada`, with this many sign-ins at the current time.
async fn signed_in(server: &Server, times: usize) {
    register(server, HOME, "ada").await; // the first
    signed_in_again(server, times - 1).await;
}

async fn signed_in_again(server: &Server, times: usize) {
    for _ in 0..times {
        assert_eq!(log_in(server, HOME, "ada", PASSWORD).await.status, 200);
    }
}

#[tokio::test]
async fn sixty_first_sign_in_within_an_hour_waits() {
    let server = Server::start().await;
    signed_in(&server, 60).await;
    let (hashes, written) = (server.app.server.accounts.passwords().computed(), server.commits().await);
    assert_eq!(seconds(&log_in(&server, HOME, "ada", PASSWORD).await), 15 * 60);
    assert_eq!(
        (server.app.server.accounts.passwords().computed(), server.commits().await),
        (hashes, written),
        "and costs nothing"
    );
    let server = server.restart(&[]).await;
    seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await);
    register(&server, HOME, "eve").await;
    assert_eq!(log_in(&server, HOME, "eve", PASSWORD).await.status, 200, "another account");

    server.clock.advance(50 * MINUTE);
    assert_eq!(seconds(&log_in(&server, HOME, "ada", PASSWORD).await), 10 * 60);
    server.clock.advance(10 * MINUTE);
    assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200);
    assert_eq!(
        server
            .sql(
                "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM login_failures WHERE key NOT LIKE 'registration:%'"
            )
            .await,
        "0"
    );
}

#[tokio::test]
async fn ended_sign_ins_count_within_a_sliding_hour() {
    let server = Server::with(&["--sign-ins-per-hour", "3"]).await;
    register(&server, HOME, "ada").await;
    server.clock.advance(30 * MINUTE);
    for _ in 0..2 {
        let tokens = log_in(&server, HOME, "ada", PASSWORD).await.tokens();
        server.post("/api/token/revoke", json!({ "refreshToken": tokens.refresh })).await;
    }
    seconds(&log_in(&server, HOME, "ada", PASSWORD).await);
    server.clock.advance(30 * MINUTE);
    assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200, "the first one is an hour ago");
    seconds(&log_in(&server, HOME, "ada", PASSWORD).await);
    server.clock.advance(30 * MINUTE);
    for _ in 0..2 {
        assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200);
    }
    seconds(&log_in(&server, HOME, "ada", PASSWORD).await);
}

/// The answers of an account that has used its hour up, and of names that are throttled for failures, existing or not.
#[tokio::test]
async fn sign_in_limit_reveals_neither_password_nor_account() {
    let server = Server::with(&["--sign-ins-per-hour", "3"]).await;
    signed_in(&server, 3).await;
    register(&server, HOME, "eve").await;
    for _ in 0..15 {
        for name in ["eve", "unknown"] {
            fail_until_throttled(&server, ELSEWHERE, name).await;
        }
        server.clock.advance(Duration::from_secs(10 * 60));
    }
    fail_until_throttled(&server, ELSEWHERE, "eve").await;
    fail_until_throttled(&server, ELSEWHERE, "unknown").await;
    server.clock.advance(Duration::from_secs(60 * 60));
    for _ in 0..3 {
        assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200);
    }
    for name in ["eve", "unknown"] {
        assert_eq!(fail_until_throttled(&server, "203.0.113.77", name).await, 900, "{name}");
    }
    let hashes = server.app.server.accounts.passwords().computed();
    let mut answers = Vec::new();
    for (name, password) in
        [("ada", PASSWORD), ("ada", WRONG), ("ada", ""), ("eve", PASSWORD), ("eve", WRONG), ("unknown", PASSWORD)]
    {
        let mut answer = log_in(&server, ELSEWHERE, name, password).await;
        seconds(&answer);
        let id = answer.header("x-request-id").to_owned();
        answer.headers.remove("x-request-id");
        answers.push((answer.status, answer.headers, answer.text.replace(&id, "")));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_eq!(server.app.server.accounts.passwords().computed(), hashes, "no password was looked at");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_sign_ins_do_not_exceed_the_limit() {
    let server = Arc::new(Server::with(&["--sign-ins-per-hour", "5"]).await);
    signed_in(&server, 3).await;
    let attempts: Vec<_> = (0..30)
        .map(|_| {
            let server = server.clone();
            tokio::spawn(async move { log_in(&server, HOME, "ada", PASSWORD).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for attempt in attempts {
        statuses.push(attempt.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 429, 503].contains(status)), "{statuses:?}");
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions").await, "5");
    assert_eq!(
        server
            .sql(
                "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM login_failures WHERE key NOT LIKE 'registration:%'"
            )
            .await,
        "0"
    );
}

#[tokio::test]
async fn clock_set_back_does_not_keep_an_account_waiting() {
    let server = Server::with(&["--sign-ins-per-hour", "3"]).await;
    signed_in(&server, 3).await;
    server.clock.set_back(Duration::from_secs(24 * 60 * 60));
    assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn clear_lets_an_account_in_after_too_many_sign_ins() {
    let server = Server::with(&["--sign-ins-per-hour", "3"]).await;
    signed_in(&server, 3).await;
    seconds(&log_in(&server, HOME, "ada", PASSWORD).await);
    // The command uses the machine's clock, so the server's must be close to it.
    server.clock.advance(Duration::from_millis(u64::try_from(SystemClock.now().millis() - START).unwrap()));
    for _ in 0..3 {
        assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200);
    }
    seconds(&log_in(&server, HOME, "ada", PASSWORD).await);
    server.command(&["throttle", "clear", "ada"]).done();
    server.clock.advance(MINUTE);
    assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn new_password_does_not_reset_the_sign_in_limit() {
    let server = Server::with(&["--sign-ins-per-hour", "3"]).await;
    let ada = register(&server, HOME, "ada").await;
    signed_in_again(&server, 2).await;
    let new = "violet umbrella on a quiet tram";
    let body = json!({ "currentPassword": PASSWORD, "newPassword": new });
    let answer = server.post_as(&ada.access, "/api/account/password", body).await;
    assert!(matches!(answer.status, 200 | 204), "{}", answer.text);
    seconds(&log_in(&server, HOME, "ada", new).await);
}
