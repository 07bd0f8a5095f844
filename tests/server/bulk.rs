//! Operations whose work grows with the number of a user's sessions: they take effect with their answer, and block the
//! writer for at most one batch.

mod sqlite;

use crate::support::command::{latchkey, run_with};
use crate::support::outside::{Action, Trigger};
use crate::support::{HOST, PASSWORD, Server, Tokens};
use axum::body::Body;
use axum::http::{Request, header};
use latchkey_axum::jobs::finish::finish;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tower::ServiceExt as _;

const NEW: &str = "violet umbrella on a quiet tram";

/// Rows that one transaction may change.
const BATCH: usize = 200;

/// Gives each user 1,000 more sessions, which live as long as the user's own first one. They are hours older, so they
/// do not count for the limit on sign-ins, and a batch selects them first: changes to the user's real tokens are not
/// caused by the batch.
async fn add_sessions(server: &Server) {
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at,
                                   last_seen_at, idle_expires_at, absolute_expires_at, remember, epoch)
             SELECT substr(CAST(10000 + i AS TEXT), 2) || substr(user_id, 1, 17) || 'A', user_id, secret, 0, 0, rotated_at, created_at - 7200000 - i, last_seen_at - i,
                    idle_expires_at, absolute_expires_at, 0, epoch FROM n, (SELECT * FROM sessions WHERE id IN (SELECT MIN(id) FROM sessions GROUP BY user_id)) AS firsts",
        )
        .await;
}

async fn number(server: &Server, query: &'static str) -> usize {
    server.sql(query).await.parse().unwrap()
}

/// The number of sessions whose end is not in their own rows.
async fn unwritten(server: &Server) -> usize {
    number(server, "SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await
}

async fn assert_ended(server: &Server, tokens: &Tokens, reason: &str) {
    server.refresh(&tokens.refresh).await.refused(reason);
    let problem = server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
    assert_eq!(problem["reason"], "session_ended");
}

async fn sessions_of(server: &Server, tokens: &Tokens) -> usize {
    server.get_as(&tokens.access, "/api/sessions").await.json().as_array().unwrap().len()
}

#[tokio::test]
async fn deletion_ends_many_sessions_before_the_response() {
    let server = Server::start().await;
    let (ada, other, eve) = (server.register("ada").await, server.log_in("ada").await, server.register("eve").await);
    add_sessions(&server).await;
    let answer = server.post_as(&ada.access, "/api/account/delete", json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);

    assert!(number(&server, "SELECT COUNT(*) FROM sessions").await > 2003 - 2 * BATCH, "one batch in the transaction");
    for tokens in [&ada, &other] {
        assert_ended(&server, tokens, "unknown").await;
    }
    let body = json!({ "username": "ada", "password": PASSWORD });
    server.post("/api/auth/login", body).await.problem(401, "invalid_credentials");
    assert!(!server.command(&["user", "list"]).done().contains("ada"));
    assert_eq!(server.sql("SELECT COUNT(*) FROM users WHERE password_hash = '' AND display_name = ''").await, "1");
    // The name is free at once, and the new account has nothing of the old one.
    let again = server.register("ada").await;
    assert_eq!(sessions_of(&server, &again).await, 1);

    finish(&server.app.server.database).await.unwrap();
    assert_eq!(number(&server, "SELECT COUNT(*) FROM sessions").await, 1002, "eve's and the new account's");
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "2");
    assert_eq!(server.sql("SELECT COUNT(*) FROM bulk_revocations").await, "0");
    assert_ended(&server, &other, "unknown").await;
    server.rotate(&again.refresh).await;
    server.rotate(&eve.refresh).await;
}

#[tokio::test]
async fn account_deletion_continues_after_a_restart() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    add_sessions(&server).await;
    let answer = server.post_as(&ada.access, "/api/account/delete", json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let server = server.restart(&[]).await;
    assert_ended(&server, &ada, "unknown").await;
    assert!(number(&server, "SELECT COUNT(*) FROM sessions").await > 0);
    finish(&server.app.server.database).await.unwrap();
    for query in ["SELECT COUNT(*) FROM users", "SELECT COUNT(*) FROM sessions", "SELECT COUNT(*) FROM events"] {
        assert_eq!(server.sql(query).await, "0", "{query}");
    }
}

/// The client hangs up during the deletion, which continues.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn account_deletion_finishes_after_the_client_hangs_up() {
    let server = Arc::new(Server::start().await);
    let ada = server.register("ada").await;
    // Makes the transaction slow.
    let slow = Trigger::new("slow", "BEFORE UPDATE OF deleted_at ON users", Action::Count(3_000_000));
    server.add_trigger(slow.when("NEW.deleted_at IS NOT NULL")).await;
    let request = Request::post("/api/account/delete")
        .header(header::HOST, HOST)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", ada.access))
        .body(Body::from(json!({ "password": PASSWORD }).to_string()))
        .unwrap();
    let router = latchkey::server::router::router(&server.app, &server.site);
    let call = tokio::spawn(router.oneshot(request));
    // The attempt is counted, and then forgiven, in two transactions: the next one deletes the account.
    let counts = async |wanted: usize| {
        let begun = Instant::now();
        while number(&server, "SELECT COUNT(*) FROM login_failures WHERE count > 0").await != wanted {
            assert!(begun.elapsed() < Duration::from_secs(30), "the password was never checked");
            tokio::task::yield_now().await;
        }
    };
    counts(1).await;
    counts(0).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled(), "the client received the answer");
    let begun = Instant::now();
    while number(&server, "SELECT COUNT(*) FROM users").await > 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the deletion was taken back");
        tokio::task::yield_now().await;
    }
    assert_ended(&server, &ada, "unknown").await;
}

#[tokio::test]
async fn revoke_others_ends_many_sessions_before_the_response() {
    let server = Server::today(&[]).await;
    let (here, there, eve) = (server.register("ada").await, server.log_in("ada").await, server.register("eve").await);
    add_sessions(&server).await;
    let answer = server.post_as(&here.access, "/api/sessions/revoke-others", json!({})).await;
    assert_eq!((answer.status, &answer.json()["revoked"]), (200, &1001.into()), "{}", answer.text);

    assert!(unwritten(&server).await > 2003 - 2 * BATCH, "one batch in the transaction");
    assert_ended(&server, &there, "revoked").await;
    // A token of an ended session ends no other session, and does not change the reason.
    let problem = server.post_as(&there.access, "/api/sessions/revoke-others", json!({})).await;
    problem.problem(401, "invalid_token");
    assert_eq!(server.post("/api/token/revoke", json!({ "refreshToken": there.refresh })).await.status, 204);
    assert_ended(&server, &there, "revoked").await;

    let here = server.rotate(&here.refresh).await;
    assert_eq!(sessions_of(&server, &here).await, 1);
    let new = server.log_in("ada").await;
    assert_eq!(sessions_of(&server, &here).await, 2);
    server.rotate(&eve.refresh).await;
    let listed = server.command(&["session", "list", "--user", "ada", "--json"]).done();
    assert_eq!(listed.matches("\"id\"").count(), 2, "{listed}");

    let server = server.restart(&[]).await;
    assert_ended(&server, &there, "revoked").await;
    finish(&server.app.server.database).await.unwrap();
    assert_eq!(unwritten(&server).await, 2 + 1001);
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE revoke_reason = 'revoked'").await, "1001");
    assert_eq!(server.sql("SELECT COUNT(*) FROM bulk_revocations").await, "0");
    assert_ended(&server, &there, "revoked").await;
    for tokens in [here, new] {
        server.rotate(&tokens.refresh).await;
    }
}

#[tokio::test]
async fn first_of_two_bulk_revocations_keeps_its_reason() {
    let server = Server::start().await;
    let (here, first) = (server.register("ada").await, server.log_in("ada").await);
    add_sessions(&server).await;
    let answer = server.post_as(&here.access, "/api/sessions/revoke-others", json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let second = server.log_in("ada").await;
    add_sessions_to_current_epoch(&server).await;
    let body = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    let answer = server.post_as(&here.access, "/api/account/password", body).await;
    assert!(answer.status < 300, "{}", answer.text);

    for _ in 0..2 {
        assert_ended(&server, &first, "revoked").await;
        assert_ended(&server, &second, "password_changed").await;
        finish(&server.app.server.database).await.unwrap();
    }
    assert_eq!(unwritten(&server).await, 1);
    assert_eq!(server.sql("SELECT COUNT(*) FROM bulk_revocations").await, "0");
}

async fn add_sessions_to_current_epoch(server: &Server) {
    server
        .tamper(
            "INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at,
                                   last_seen_at, idle_expires_at, absolute_expires_at, remember, epoch)
             SELECT '_' || substr(sessions.id, 2), user_id, secret, 0, 0, rotated_at, sessions.created_at - 5000, last_seen_at,
                    idle_expires_at, absolute_expires_at, 0, session_epoch
             FROM sessions JOIN users ON users.id = user_id",
        )
        .await;
}

/// The four sessions sign in before the others are added, so that the device limit displaces none and they lie past the
/// batch that ends in its own rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refresh_during_bulk_revocation_gets_revoked_tokens() {
    let server = Arc::new(Server::start().await);
    let here = server.register("ada").await;
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(server.log_in("ada").await);
    }
    add_sessions(&server).await;
    let acknowledged = Arc::new(AtomicBool::new(false));
    let refreshing: Vec<_> = others
        .into_iter()
        .map(|mut tokens| {
            let (server, acknowledged) = (server.clone(), acknowledged.clone());
            tokio::spawn(async move {
                loop {
                    let is_late = acknowledged.load(Ordering::SeqCst);
                    let answer = server.refresh(&tokens.refresh).await;
                    if answer.status != 200 {
                        answer.refused("revoked");
                        return tokens;
                    }
                    assert!(!is_late, "a refresh that began after the answer got tokens");
                    tokens = answer.tokens();
                }
            })
        })
        .collect();
    while number(&server, "SELECT COUNT(*) FROM sessions WHERE generation > 0").await < 4 {
        tokio::task::yield_now().await;
    }
    let answer = server.post_as(&here.access, "/api/sessions/revoke-others", json!({})).await;
    acknowledged.store(true, Ordering::SeqCst);
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(unwritten(&server).await > 800, "the rows themselves do not say so yet");
    for task in refreshing {
        assert_ended(&server, &task.await.unwrap(), "revoked").await;
    }
    finish(&server.app.server.database).await.unwrap();
    assert_eq!(unwritten(&server).await, 1);
}

#[tokio::test]
async fn disabled_account_with_many_sessions_stays_signed_out() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    add_sessions(&server).await;
    let said = server.command(&["user", "disable", "ada"]).done();
    assert!(said.contains("1001 sessions ended"), "{said}");
    assert_eq!(unwritten(&server).await, 0, "the command does not leave the rest to the server");
    server.command(&["user", "enable", "ada"]).done();
    assert_ended(&server, &tokens, "revoked_by_admin").await;
}

#[tokio::test]
async fn commands_that_end_many_sessions_print_the_count() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    add_sessions(&server).await;
    assert_eq!(server.command(&["session", "revoke", "--user", "ada"]).done(), "Ended 1001 sessions.\n");
    assert_ended(&server, &tokens, "revoked_by_admin").await;
    let tokens = server.log_in("ada").await;
    add_sessions_to_current_epoch(&server).await;
    let mut command = latchkey(server.data.path());
    let said = run_with(command.args(["user", "password", "ada"]), NEW.as_bytes()).done();
    assert!(said.contains("1003 sessions ended"), "{said}");
    assert_ended(&server, &tokens, "password_changed").await;
    assert_eq!(unwritten(&server).await, 0);
}

#[tokio::test]
async fn sign_in_over_a_lowered_limit_ends_a_batch_at_a_time() {
    let server = Server::with(&["--max-sessions", "2000"]).await;
    let first = server.register("ada").await;
    add_sessions(&server).await;
    let server = server.restart(&["--max-sessions", "3", "--throttle", "off"]).await;
    let mut before = unwritten(&server).await;
    assert_eq!(before, 1001);
    let mut newest = first;
    while before > 3 {
        newest = server.log_in("ada").await;
        let after = unwritten(&server).await;
        assert!(after < before && before + 1 - after <= BATCH, "{before}, {after}");
        before = after;
    }
    assert_eq!(sessions_of(&server, &newest).await, 3);
}

/// Another program's table, and its trigger, keep one account's rows. Those of the other accounts are still removed and
/// their sessions revoked.
#[tokio::test]
async fn account_that_cannot_be_removed_does_not_stop_others() {
    let server = Server::start().await;
    let mut tokens = Vec::new();
    for name in ["ada", "bob", "cleo", "dora", "emil"] {
        tokens.push(server.register(name).await);
    }
    add_sessions(&server).await;
    for tokens in &tokens[..3] {
        let answer = server.post_as(&tokens.access, "/api/account/delete", json!({ "password": PASSWORD })).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
    for tokens in &tokens[3..] {
        let answer = server.post_as(&tokens.access, "/api/sessions/revoke-others", json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    server.tamper("CREATE TABLE notes (user_id TEXT REFERENCES users)").await;
    server
        .tamper("INSERT INTO notes SELECT id FROM users WHERE deleted_at IS NOT NULL ORDER BY deleted_at, id LIMIT 1")
        .await;
    let kept = Trigger::new("kept", "BEFORE UPDATE OF revoked_at ON sessions", Action::Fail("kept"));
    let first = "OLD.user_id = (SELECT MIN(user_id) FROM bulk_revocations b JOIN users u ON u.id = b.user_id
                                WHERE u.deleted_at IS NULL)";
    server.add_trigger(kept.when(first)).await;
    finish(&server.app.server.database).await.unwrap_err();
    assert_eq!(server.sql("SELECT COUNT(*) FROM users WHERE deleted_at IS NOT NULL").await, "1");
    let left = "SELECT COUNT(*) FROM bulk_revocations b JOIN users u ON u.id = b.user_id WHERE u.deleted_at IS NULL";
    assert_eq!(server.sql(left).await, "1");

    server.tamper("DROP TABLE notes").await;
    server.drop_trigger("kept").await;
    finish(&server.app.server.database).await.unwrap();
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "2");
    assert_eq!(server.sql("SELECT COUNT(*) FROM bulk_revocations").await, "0");
}

/// Triggers that keep rows, or bring them back as fast as they are changed: the work ends, with an error.
#[tokio::test]
async fn bulk_work_undone_by_triggers_ends_with_an_error() {
    for trigger in [
        Trigger::new(
            "kept",
            "AFTER UPDATE OF revoked_at ON sessions",
            Action::Execute("UPDATE sessions SET revoked_at = NULL WHERE id = NEW.id"),
        )
        .when("NEW.revoked_at IS NOT NULL"),
        Trigger::new("kept", "BEFORE DELETE ON users", Action::Skip),
    ] {
        assert_finish_fails_with(trigger).await;
    }
}

async fn assert_finish_fails_with(trigger: Trigger) {
    let server = Server::start().await;
    let (ada, bob) = (server.register("ada").await, server.register("bob").await);
    add_sessions(&server).await;
    server.post_as(&bob.access, "/api/sessions/revoke-others", json!({})).await;
    server.post_as(&ada.access, "/api/account/delete", json!({ "password": PASSWORD })).await;
    server.add_trigger(trigger).await;
    let finished = tokio::time::timeout(Duration::from_secs(60), finish(&server.app.server.database)).await;
    finished.unwrap().unwrap_err();
}

#[tokio::test]
async fn deletion_of_sessions_that_a_trigger_skips_is_an_error() {
    assert_finish_fails_with(Trigger::new("kept", "BEFORE DELETE ON sessions", Action::Skip)).await;
}
