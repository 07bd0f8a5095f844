//! The cost and the effects of an attempt, which are the same for known and unknown accounts.

use super::*;

#[tokio::test]
async fn throttling_does_not_reveal_which_accounts_exist() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    register(&server, HOME, "gone").await;
    server.tamper("UPDATE users SET disabled_at = 1 WHERE username = 'gone'").await;
    let mut conversations = Vec::new();
    for (name, password) in [("ada", WRONG), ("gone", PASSWORD), ("unknown", PASSWORD), ("not a name", "")] {
        let mut conversation = Vec::new();
        for _ in 0..8 {
            let mut answer = log_in(&server, ELSEWHERE, name, password).await;
            let id = answer.header("x-request-id").to_owned();
            answer.headers.remove("x-request-id");
            conversation.push((answer.status, answer.headers, answer.text.replace(&id, "")));
        }
        assert_eq!(conversation.iter().filter(|(status, ..)| *status == 429).count(), 3);
        conversations.push(conversation);
    }
    conversations.dedup();
    assert_eq!(conversations.len(), 1);
}

#[tokio::test]
async fn throttled_attempt_costs_no_hash_and_no_write() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    let (hashes, written) = (server.app.server.accounts.passwords().computed(), server.commits().await);
    for _ in 0..10 {
        assert_eq!(seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await), 1, "and it does not grow");
    }
    assert_eq!((server.app.server.accounts.passwords().computed(), server.commits().await), (hashes, written));
}

#[tokio::test]
async fn unknown_user_costs_as_much_as_a_wrong_password() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    register(&server, HOME, "gone").await;
    server.tamper("UPDATE users SET disabled_at = 1 WHERE username = 'gone'").await;
    for ip in [ELSEWHERE, HOME] {
        for (name, password) in
            [("ada", WRONG), ("ada", ""), ("unknown", PASSWORD), ("not a name", PASSWORD), ("", ""), ("gone", PASSWORD)]
        {
            let (hashes, written) = (server.app.server.accounts.passwords().computed(), server.commits().await);
            log_in(&server, ip, name, password).await.problem(401, "invalid_credentials");
            assert_eq!(
                server.app.server.accounts.passwords().computed() - hashes,
                1,
                "hashes for {name:?} {password:?}"
            );
            assert_eq!(server.commits().await - written, 2, "commits for {name:?} {password:?}");
        }
    }
}

#[tokio::test]
async fn security_log_has_each_failure_that_was_checked() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    for _ in 0..9 {
        log_in(&server, ELSEWHERE, "ada", WRONG).await;
        log_in(&server, ELSEWHERE, "unknown", WRONG).await;
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'sign_in_failed'").await, "5");
    let mine = "SELECT COUNT(*) FROM events e JOIN users u ON u.id = e.user_id
                WHERE kind = 'sign_in_failed' AND username = 'ada' AND ip = '198.51.100.9' AND session_id IS NULL";
    assert_eq!(server.sql(mine).await, "5");
}

#[tokio::test]
async fn password_typed_as_username_is_not_stored() {
    let server = Server::start().await;
    let typed = "hunter2-and-more";
    log_in(&server, ELSEWHERE, typed, WRONG).await.problem(401, "invalid_credentials");
    log_in(&server, ELSEWHERE, "hunter2 and more", WRONG).await.problem(401, "invalid_credentials");
    assert_eq!(server.sql("SELECT COUNT(*) FROM login_failures").await, "3");
    for file in std::fs::read_dir(server.data.path()).unwrap() {
        let path = file.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains("hunter2") && !text.contains(ELSEWHERE), "{}", path.display());
    }
}

#[tokio::test]
async fn throttle_off_limits_no_sign_in() {
    let server = Server::with(&["--throttle", "off"]).await;
    register(&server, HOME, "ada").await;
    for _ in 0..7 {
        log_in(&server, ELSEWHERE, "ada", WRONG).await.problem(401, "invalid_credentials");
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM login_failures").await, "0");
}
