//! What an attacker can guess, and how little that affects others.

use super::*;
use crate::support::command::{latchkey, run_with};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundred_parallel_guesses_get_five_tries() {
    let server = Arc::new(Server::start().await);
    register(&server, HOME, "ada").await;
    let before = server.app.server.accounts.passwords().computed();
    let guesses: Vec<_> = (0..100)
        .map(|number| {
            let server = server.clone();
            tokio::spawn(async move { log_in(&server, ELSEWHERE, "ada", &format!("guess {number}")).await.status })
        })
        .collect();
    let mut answered = [0, 0, 0];
    for guess in guesses {
        let status = guess.await.unwrap();
        answered[[401, 429, 503].iter().position(|known| *known == status).unwrap()] += 1;
    }
    assert_eq!(answered[0], 5, "401, 429, 503: {answered:?}");
    assert_eq!(server.app.server.accounts.passwords().computed() - before, 5);
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'account:%'").await, "5");
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'network:%'").await, "5");
    // The sixth would have been right.
    assert_eq!(seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await), 1);
}

#[tokio::test]
async fn wait_doubles_until_the_right_password() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(fail_until_throttled(&server, ELSEWHERE, "ada").await, seconds);
        server.clock.advance(Duration::from_millis(seconds * 1000 - 1));
        assert_eq!(self::seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await), 1, "a millisecond too early");
        server.clock.advance(Duration::from_millis(1));
    }
    assert_eq!(log_in(&server, ELSEWHERE, "ada", PASSWORD).await.status, 200);
    assert_eq!(fail_until_throttled(&server, ELSEWHERE, "ada").await, 1, "and there are five more");
}

#[tokio::test]
async fn failures_are_forgotten_after_a_day_without_tries() {
    let server = Server::start().await;
    for _ in 0..3 {
        let wait = fail_until_throttled(&server, ELSEWHERE, "ada").await;
        server.clock.advance(Duration::from_secs(wait));
    }
    server.clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(fail_until_throttled(&server, ELSEWHERE, "ada").await, 1);
}

#[tokio::test]
async fn attacker_cannot_lock_out_the_owner() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    register(&server, "2001:db8:1:1:a:b:c:d", "eve6").await;
    for (name, home) in [("ada", HOME), ("eve6", "2001:db8:1:1::99")] {
        fail_until_throttled(&server, ELSEWHERE, name).await;
        assert_eq!(log_in(&server, home, name, PASSWORD).await.status, 200, "{name} at home");
        seconds(&log_in(&server, "203.0.113.5", name, PASSWORD).await);
        seconds(&log_in(&server, "2001:db8:1:2::99", name, PASSWORD).await);
        seconds(&log_in(&server, ELSEWHERE, name, WRONG).await); // no fresh tries by the owner's sign-in
    }
}

#[tokio::test]
async fn guesses_from_the_address_of_the_owner_are_counted() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    assert_eq!(fail_until_throttled(&server, HOME, "ada").await, 1);
    seconds(&log_in(&server, HOME, "ada", PASSWORD).await);
    assert_eq!(log_in(&server, ELSEWHERE, "ada", PASSWORD).await.status, 200, "the account's own count is another");
}

#[tokio::test]
async fn sessions_of_an_attacked_account_stay_usable() {
    let server = Server::start().await;
    let tokens = register(&server, HOME, "ada").await;
    fail_until_throttled(&server, HOME, "ada").await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    let mut refresh_token = tokens.refresh;
    for _ in 0..10 {
        let body = json!({ "refreshToken": refresh_token });
        let answer = post_from(&server, ELSEWHERE, None, "/api/token/refresh", body).await;
        assert_eq!(answer.status, 200);
        refresh_token = answer.tokens().refresh;
        assert_eq!(server.get_as(&answer.tokens().access, "/api/me").await.status, 200);
    }
}

#[tokio::test]
async fn other_spellings_of_a_name_share_its_tries() {
    let server = Server::start().await;
    for (spelling, status) in
        [("José", 401), ("JOSÉ", 401), ("Jose\u{301}", 401), ("ｊｏｓé", 401), (" josé ", 401), ("jOSé", 429)]
    {
        assert_eq!(log_in(&server, ELSEWHERE, spelling, WRONG).await.status, status, "{spelling}");
    }
}

#[tokio::test]
async fn restart_keeps_the_failure_counts() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    let server = server.restart(&[]).await;
    assert_eq!(seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await), 1);
}

#[tokio::test]
async fn clock_set_back_neither_locks_out_nor_admits_guesses() {
    let server = Server::start().await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    server.clock.set_back(Duration::from_secs(365 * 24 * 60 * 60));
    assert_eq!(log_in(&server, ELSEWHERE, "ada", WRONG).await.status, 401, "the wait is not a year");
    assert_eq!(seconds(&log_in(&server, ELSEWHERE, "ada", WRONG).await), 2, "and guessing is throttled");
}

#[tokio::test]
async fn forged_forwarded_header_is_ignored() {
    let server = Server::start().await;
    // One password on many names: each name has tries left, the address has not.
    for number in 0..=50 {
        let body = json!({ "username": format!("user{number}"), "password": WRONG });
        let forged = format!("203.0.113.{number}");
        let answer = post_from(&server, ELSEWHERE, Some(&forged), "/api/auth/login", body).await;
        if number < 50 {
            answer.problem(401, "invalid_credentials");
        } else {
            assert_eq!(seconds(&answer), 1);
        }
    }
    let keys = server.sql("SELECT COUNT(*) FROM login_failures WHERE key LIKE 'account:%'").await;
    assert_eq!(keys, "50", "the one that had to wait is not counted anywhere");
    server.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(log_in(&server, ELSEWHERE, "user51", WRONG).await.status, 401, "an hour of quiet resets it");
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'network:%'").await, "1");
}

#[tokio::test]
async fn clients_behind_a_trusted_proxy_are_distinguished() {
    let server = Server::with(&["--trusted-proxies", "10.0.0.0/8"]).await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let via = Some("1.2.3.4, 192.0.2.7, 10.0.0.2");
    assert_eq!(post_from(&server, "10.0.0.1", via, "/api/auth/register", body.clone()).await.status, 201);
    assert_eq!(server.sql("SELECT ip FROM sessions").await, HOME);

    let wrong = json!({ "username": "ada", "password": WRONG });
    for _ in 0..6 {
        post_from(&server, "10.0.0.1", Some(ELSEWHERE), "/api/auth/login", wrong.clone()).await;
    }
    seconds(&post_from(&server, "10.0.0.1", Some(ELSEWHERE), "/api/auth/login", body.clone()).await);
    seconds(&post_from(&server, "192.0.2.99", Some(HOME), "/api/auth/login", body.clone()).await); // no proxy of ours
    assert_eq!(post_from(&server, "10.0.0.1", Some(HOME), "/api/auth/login", body).await.status, 200);
}

#[tokio::test]
async fn success_takes_back_only_its_own_network_count() {
    let server = Server::start().await;
    register(&server, HOME, "mallory").await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    for _ in 0..3 {
        assert_eq!(log_in(&server, ELSEWHERE, "mallory", PASSWORD).await.status, 200);
    }
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'network:%'").await, "5");
    assert_eq!(
        server
            .sql("SELECT COUNT(*) FROM login_failures WHERE key LIKE 'account:%' OR key LIKE 'trusted_network:%'")
            .await,
        "1"
    );
}

#[tokio::test]
async fn neighbour_cannot_lock_out_users_of_a_shared_address() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    for number in 0..60 {
        log_in(&server, HOME, &format!("unknown-{number}"), WRONG).await;
    }
    seconds(&log_in(&server, HOME, "unknown-60", WRONG).await);
    assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn flood_of_registrations_from_one_address_is_throttled() {
    let server = Server::start().await;
    // Malformed requests that are refused count, too.
    let body = json!({ "username": "no such name!", "password": "x" });
    for _ in 0..100 {
        let answer = post_from(&server, HOME, None, "/api/auth/register", body.clone()).await;
        answer.problem(422, "validation_failed");
    }
    seconds(&post_from(&server, HOME, None, "/api/auth/register", body).await);
    register(&server, ELSEWHERE, "ada").await;
    assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200, "signing in is counted apart");
}

#[tokio::test]
async fn guesses_at_a_free_name_do_not_lock_its_first_owner_out() {
    let server = Server::today(&[]).await;
    for name in ["ada", "eve"] {
        fail_until_throttled(&server, ELSEWHERE, name).await;
    }
    register(&server, HOME, "ada").await;
    let added = run_with(latchkey(server.data.path()).args(["user", "add", "eve"]), PASSWORD.as_bytes());
    added.done();
    for name in ["ada", "eve"] {
        let answer = log_in(&server, "203.0.113.5", name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
    }
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'network:%'").await, "10");
}
