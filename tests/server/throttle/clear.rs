//! The output of `latchkey throttle clear`, and how long it blocks the writer.

use super::*;
use latchkey_core::clock::Clock as _;

const NEW: &str = "violet umbrella on a quiet tram";

#[tokio::test]
async fn clear_counts_only_what_list_shows() {
    let server = Server::today(&[]).await;
    let ada = register(&server, HOME, "ada").await;
    let body = json!({ "currentPassword": PASSWORD, "newPassword": NEW });
    assert_eq!(post_as_from(&server, HOME, &ada.access, "/api/account/password", body).await.status, 200);
    log_in(&server, ELSEWHERE, "ada", PASSWORD).await.problem(401, "invalid_credentials");
    assert!(!server.command(&["throttle", "list"]).done().contains("ada"));
    assert_eq!(server.command(&["throttle", "clear", "ada"]).done(), "No failures were counted.\n");

    for _ in 0..2 {
        log_in(&server, ELSEWHERE, "ada", WRONG).await.problem(401, "invalid_credentials");
    }
    log_in(&server, ELSEWHERE, "ada", PASSWORD).await.problem(401, "invalid_credentials");
    assert_eq!(server.command(&["throttle", "list"]).done().matches("ada").count(), 1);
    assert_eq!(server.command(&["throttle", "clear", "ada"]).done(), "Cleared 1 count.\n");
}

#[tokio::test]
async fn clear_all_holds_the_writer_for_a_batch_at_most() {
    let server = Server::today(&[]).await;
    let statement = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO login_failures (key, count, last_at) SELECT 'account:' || i, 3, {} FROM n",
        server.clock.now().millis()
    );
    server.tamper(statement.leak()).await;
    let before = server.commits().await;
    assert_eq!(server.command(&["throttle", "clear", "--all"]).done(), "Cleared 1000 counts.\n");
    assert!(server.commits().await - before >= 5, "{} transactions", server.commits().await - before);
}
