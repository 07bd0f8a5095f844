//! `/api/account`: changing the password, deleting the account.

use crate::support::{PASSWORD, Server, Tokens};
use serde_json::json;

const NEW: &str = "violet umbrella on a quiet tram";

async fn change(server: &Server, tokens: &Tokens, current: &str, new: &str) -> crate::support::Answer {
    let body = json!({ "currentPassword": current, "newPassword": new });
    server.post_as(&tokens.access, "/api/account/password", body).await
}

async fn log_in(server: &Server, name: &str, password: &str) -> crate::support::Answer {
    server.post("/api/auth/login", json!({ "username": name, "password": password })).await
}

#[tokio::test]
async fn password_change_ends_all_other_sessions() {
    let server = Server::start().await;
    let here = server.register("ada").await;
    let there = server.log_in("ada").await;
    let eve = server.register("eve").await;

    let answer = change(&server, &here, PASSWORD, NEW).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let here = answer.tokens();

    server.refresh(&there.refresh).await.refused("password_changed");
    server.get_as(&there.access, "/api/me").await.problem(401, "invalid_token");
    assert_eq!(server.get_as(&here.access, "/api/me").await.status, 200);
    server.rotate(&here.refresh).await;
    assert_eq!(server.get_as(&eve.access, "/api/me").await.status, 200);

    log_in(&server, "ada", PASSWORD).await.problem(401, "invalid_credentials");
    assert_eq!(log_in(&server, "ada", NEW).await.status, 200);
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'password_changed'").await, "1");
    assert_eq!(server.sql("SELECT detail FROM events WHERE kind = 'session_revoked'").await, "password_changed");
}

#[tokio::test]
async fn access_token_without_password_cannot_change_account() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let other = server.log_in("ada").await;

    let problem = change(&server, &ada, "not the password", NEW).await.problem(422, "validation_failed");
    assert!(problem["errors"]["currentPassword"][0].is_string());
    assert!(problem["errors"]["newPassword"].is_null());
    let answer = server.post_as(&ada.access, "/api/account/delete", json!({ "password": "not the password" })).await;
    assert!(answer.problem(422, "validation_failed")["errors"]["password"][0].is_string());

    assert_eq!(server.get_as(&other.access, "/api/me").await.status, 200);
    assert_eq!(log_in(&server, "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn password_change_with_two_bad_fields_reports_both() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let errors =
        change(&server, &ada, "wrong one here", "short").await.problem(422, "validation_failed")["errors"].clone();
    assert!(errors["currentPassword"][0].is_string() && errors["newPassword"][0].is_string(), "{errors}");
    change(&server, &ada, PASSWORD, "short").await.problem(422, "validation_failed");
    server.post_as(&ada.access, "/api/account/password", json!({})).await.problem(400, "invalid_request");
    let body = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    server.post("/api/account/password", body).await.problem(401, "invalid_token");
}

#[tokio::test]
async fn deleted_account_leaves_no_session_or_event() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let other = server.log_in("ada").await;
    server.register("eve").await;

    let answer = server.post_as(&ada.access, "/api/account/delete", json!({ "password": PASSWORD })).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));

    for tokens in [&ada, &other] {
        server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
        server.refresh(&tokens.refresh).await.refused("unknown");
    }
    log_in(&server, "ada", PASSWORD).await.problem(401, "invalid_credentials");
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions").await, "1", "eve's");
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "1");
    assert_eq!(server.sql("SELECT COUNT(*) FROM events").await, "2", "eve's");
    server.register("ada").await;
}

#[tokio::test]
async fn parallel_password_changes_leave_one_session() {
    let server = Server::start().await;
    let here = server.register("ada").await;
    let there = server.log_in("ada").await;
    let (first, second) = tokio::join!(
        change(&server, &here, PASSWORD, NEW),
        change(&server, &there, PASSWORD, "another umbrella on the tram"),
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "the second request has no session any more");
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await, "1");
}

#[tokio::test]
async fn password_guesses_with_an_access_token_are_throttled() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let other = server.log_in("ada").await;
    for _ in 0..5 {
        change(&server, &ada, "a guess of no worth", NEW).await.problem(422, "validation_failed");
    }
    let answer = change(&server, &ada, PASSWORD, NEW).await;
    answer.problem(429, "too_many_requests");
    assert!(!answer.header("retry-after").is_empty());
    let answer = server.post_as(&ada.access, "/api/account/delete", json!({ "password": PASSWORD })).await;
    answer.problem(429, "too_many_requests");
    assert_eq!(change(&server, &other, PASSWORD, NEW).await.status, 200, "the owner's other device does not wait");
}

#[tokio::test]
async fn guessable_new_password_is_refused() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let problem = change(&server, &ada, PASSWORD, "password1").await.problem(422, "validation_failed");
    assert!(problem["errors"]["newPassword"][0].as_str().unwrap().contains("guess"), "{problem}");
}

#[tokio::test]
async fn right_password_with_refused_new_one_is_not_counted() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    for _ in 0..7 {
        change(&server, &ada, PASSWORD, "short").await.problem(422, "validation_failed");
    }
    assert_eq!(change(&server, &ada, PASSWORD, NEW).await.status, 200);
}
