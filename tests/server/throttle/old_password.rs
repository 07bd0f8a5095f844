//! A program that keeps trying an old password, and the owner who has a new one.

use super::*;
use crate::support::command::{latchkey, run_with};
use latchkey_axum::jobs::prune::prune;
use latchkey_core::clock::{Clock as _, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const NEW: &str = "violet umbrella on a quiet tram";
const NEWER: &str = "gravel trombone eleven otters";
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn change(server: &Server, ip: &str, access: &str, current: &str, new: &str) -> String {
    let body = json!({ "currentPassword": current, "newPassword": new });
    let answer = post_as_from(server, ip, access, "/api/account/password", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.tokens().access
}

/// An administrator sets a password while the server runs, with the machine's clock.
fn set_password(server: &Server, password: &str) {
    run_with(latchkey(server.data.path()).args(["user", "password", "ada"]), password.as_bytes()).done();
    server.clock.advance(Duration::from_secs(60));
}

#[tokio::test]
async fn old_password_tries_at_one_address_do_not_block_owner() {
    let server = Server::start().await;
    let ada = register(&server, HOME, "ada").await;
    change(&server, HOME, &ada.access, PASSWORD, NEW).await;
    server.post("/api/token/revoke", json!({ "refreshToken": ada.refresh })).await;
    server.tamper("UPDATE sessions SET revoked_at = 1, revoke_reason = 'logged_out' WHERE revoked_at IS NULL").await;
    for second in 0..120 {
        let answer = log_in(&server, HOME, "ada", PASSWORD).await;
        answer.problem(401, "invalid_credentials");
        if second % 30 == 29 {
            let answer = log_in(&server, HOME, "ada", NEW).await;
            assert_eq!(answer.status, 200, "after {second} s: {}", answer.text);
            let body = json!({ "refreshToken": answer.tokens().refresh });
            server.post("/api/token/revoke", body).await;
        }
        server.clock.advance(SECOND);
    }
    assert_eq!(
        server
            .sql(
                "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM login_failures WHERE key NOT LIKE 'registration:%'"
            )
            .await,
        "0"
    );
    let lines = "SELECT COUNT(*) FROM events WHERE kind = 'sign_in_failed'";
    assert_eq!(server.sql(lines).await, "1", "the log tells of it once an hour");
    server.clock.advance(Duration::from_secs(60 * 60));
    log_in(&server, HOME, "ada", PASSWORD).await.problem(401, "invalid_credentials");
    assert_eq!(server.sql(lines).await, "2");
}

/// Eight connections try the old password concurrently without a pause. The owner signs in meanwhile, at the same
/// address and elsewhere, each time as on a new device.
async fn owner_beside_parallel_old_programs(addresses: [&'static str; 8], signed_in_at_home: bool) {
    let server = Arc::new(Server::with(&["--sign-ins-per-hour", "100000"]).await);
    let ada = register(&server, HOME, "ada").await;
    let access = change(&server, HOME, &ada.access, PASSWORD, NEW).await;
    let over = Arc::new(AtomicBool::new(false));
    let program = |ip: &'static str| {
        let (server, over) = (server.clone(), over.clone());
        tokio::spawn(async move {
            let mut statuses = Vec::new();
            while !over.load(Ordering::SeqCst) {
                statuses.push(log_in(&server, ip, "ada", PASSWORD).await.status);
            }
            statuses
        })
    };
    let programs = addresses.map(program);
    let revoke = async |access: &str| {
        let answer = post_as_from(&server, HOME, access, "/api/token/revoke", json!({})).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    };
    if !signed_in_at_home {
        revoke(&access).await;
    }
    for number in 1..=10 {
        for ip in [HOME, &format!("203.0.113.{number}")] {
            let answer = log_in(&server, ip, "ada", NEW).await;
            assert_eq!(answer.status, 200, "{ip}: {}", answer.text);
            revoke(&answer.tokens().access).await;
        }
    }
    over.store(true, Ordering::SeqCst);
    for program in programs {
        let statuses = program.await.unwrap();
        assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_parallel_old_programs_do_not_keep_the_owner_out() {
    owner_beside_parallel_old_programs([HOME; 8], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_old_programs_in_a_trusted_network_change_nothing() {
    owner_beside_parallel_old_programs([HOME; 8], true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_programs_in_eight_networks_do_not_keep_the_owner_out() {
    let addresses = [
        "192.0.2.11",
        "192.0.2.12",
        "192.0.2.13",
        "192.0.2.14",
        "192.0.2.15",
        "192.0.2.16",
        "192.0.2.17",
        "192.0.2.18",
    ];
    owner_beside_parallel_old_programs(addresses, false).await;
}

#[tokio::test]
async fn old_password_tries_for_months_do_not_block_the_owner() {
    let server = Server::start().await;
    let mut access = register(&server, HOME, "ada").await.access;
    let mut password = PASSWORD.to_owned();
    // More changes than a person makes in a day.
    for number in 0..5 {
        let next = format!("{NEW} {number}");
        access = change(&server, HOME, &access, &password, &next).await;
        password = next;
    }
    for _week in 0..10 {
        for _ in 0..20 {
            log_in(&server, ELSEWHERE, "ada", PASSWORD).await.problem(401, "invalid_credentials");
        }
        server.clock.advance(Duration::from_secs(7 * 24 * 60 * 60));
        prune(&server.app.server.database.store, server.app.settings.server.retention, server.clock.now())
            .await
            .unwrap();
        assert_eq!(log_in(&server, ELSEWHERE, "ada", &password).await.status, 200);
    }
    // After the attempts have stopped, the hashes are deleted.
    server.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
    prune(&server.app.server.database.store, server.app.settings.server.retention, server.clock.now()).await.unwrap();
    assert_eq!(server.sql("SELECT COUNT(*) FROM users WHERE previous_hashes IS NOT NULL").await, "0");
}

#[tokio::test]
async fn old_password_tries_do_not_prolong_the_owners_wait() {
    let server = Server::start().await;
    let ada = register(&server, HOME, "ada").await;
    change(&server, HOME, &ada.access, PASSWORD, NEW).await;
    for _ in 0..5 {
        log_in(&server, ELSEWHERE, "ada", WRONG).await.problem(401, "invalid_credentials");
    }
    assert_eq!(seconds(&log_in(&server, ELSEWHERE, "ada", WRONG).await), 1);
    server.clock.advance(SECOND);
    log_in(&server, ELSEWHERE, "ada", PASSWORD).await.problem(401, "invalid_credentials");
    assert_eq!(log_in(&server, ELSEWHERE, "ada", NEW).await.status, 200, "at the same moment");
}

#[tokio::test]
async fn guesser_with_an_old_password_gets_no_extra_tries() {
    let server = Server::start().await;
    let ada = register(&server, HOME, "ada").await;
    change(&server, HOME, &ada.access, PASSWORD, NEW).await;
    let mut guesses = 0;
    for number in 0..20 {
        log_in(&server, ELSEWHERE, "ada", PASSWORD).await;
        let answer = log_in(&server, ELSEWHERE, "ada", &format!("guess {number}")).await;
        guesses += usize::from(answer.status == 401);
    }
    assert_eq!(guesses, 5);
    seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await);
}

#[tokio::test]
async fn previous_password_costs_and_looks_like_a_wrong_one() {
    let server = Server::start().await;
    let ada = register(&server, HOME, "ada").await;
    change(&server, HOME, &ada.access, PASSWORD, NEW).await;
    let mut answers = Vec::new();
    for (name, password) in [("ada", PASSWORD), ("ada", WRONG), ("unknown", PASSWORD)] {
        let (hashes, written) = (server.app.server.accounts.passwords().computed(), server.commits().await);
        let mut answer = log_in(&server, ELSEWHERE, name, password).await;
        assert_eq!(
            (server.app.server.accounts.passwords().computed() - hashes, server.commits().await - written),
            (1, 2),
            "{name} {password}"
        );
        let id = answer.header("x-request-id").to_owned();
        answer.headers.remove("x-request-id");
        answers.push((answer.status, answer.headers, answer.text.replace(&id, "")));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
}

#[tokio::test]
async fn previous_passwords_are_recognised_for_a_month() {
    let server = Server::start().await;
    let ada = register(&server, HOME, "ada").await;
    change(&server, HOME, &ada.access, PASSWORD, NEW).await;
    let ada = log_in(&server, HOME, "ada", NEW).await.tokens();
    change(&server, HOME, &ada.access, NEW, NEWER).await;
    for _ in 0..10 {
        for old in [PASSWORD, NEW] {
            log_in(&server, ELSEWHERE, "ada", old).await.problem(401, "invalid_credentials");
        }
    }
    assert_eq!(log_in(&server, ELSEWHERE, "ada", NEWER).await.status, 200);

    server.clock.advance(30 * DAY + Duration::from_millis(1));
    let retention = server.app.settings.server.retention;
    latchkey_axum::jobs::prune::prune(&server.app.server.database.store, retention, server.clock.now()).await.unwrap();
    assert_eq!(server.sql("SELECT COUNT(*) FROM users WHERE previous_hashes IS NOT NULL").await, "0");
    for _ in 0..5 {
        log_in(&server, ELSEWHERE, "ada", PASSWORD).await.problem(401, "invalid_credentials");
    }
    seconds(&log_in(&server, ELSEWHERE, "ada", NEWER).await);
}

#[tokio::test]
async fn new_password_or_enable_clears_the_account_counts() {
    for by in ["owner", "administrator", "enable"] {
        let server = Server::today(&[]).await;
        let ada = register(&server, HOME, "ada").await;
        fail_until_throttled(&server, ELSEWHERE, "ada").await;
        fail_until_throttled(&server, HOME, "ada").await;
        let mut password = NEW;
        match by {
            "owner" => drop(change(&server, HOME, &ada.access, PASSWORD, NEW).await),
            "administrator" => set_password(&server, NEW),
            _ => {
                server.command(&["user", "enable", "ada"]).done();
                password = PASSWORD;
            }
        }
        for ip in [ELSEWHERE, HOME] {
            let answer = log_in(&server, ip, "ada", password).await;
            assert_eq!(answer.status, 200, "{by}, {ip}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn password_set_by_admin_makes_the_old_one_previous() {
    let server = Server::today(&[]).await;
    register(&server, HOME, "ada").await;
    set_password(&server, NEW);
    for _ in 0..60 {
        log_in(&server, HOME, "ada", PASSWORD).await.problem(401, "invalid_credentials");
        server.clock.advance(SECOND);
    }
    assert_eq!(log_in(&server, HOME, "ada", NEW).await.status, 200);
    assert!(SystemClock.now().millis() > 0);
}

/// Known attempts of a guesser that were counted while the counts were cleared leave nothing behind.
#[tokio::test]
async fn new_password_keeps_the_counts_of_other_accounts() {
    let server = Server::today(&[]).await;
    register(&server, HOME, "ada").await;
    register(&server, HOME, "eve").await;
    for name in ["ada", "eve", "unknown"] {
        fail_until_throttled(&server, ELSEWHERE, name).await;
    }
    set_password(&server, NEW);
    server.command(&["throttle", "list"]).done();
    assert_eq!(server.sql("SELECT COUNT(*) FROM login_failures WHERE key LIKE 'account:%'").await, "2");
    assert_eq!(server.sql("SELECT count FROM login_failures WHERE key LIKE 'network:%'").await, "15");
}
