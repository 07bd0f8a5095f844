//! The limit on the lines of a user's security log, and which lines are kept.

use crate::support::{Server, Tokens};
use latchkey_axum::jobs::prune::prune;
use latchkey_core::clock::Clock as _;

/// Adds lines older than all others, an hour apart: a number of sign-ins, and one line of each of these kinds.
async fn fill(server: &Server, statement: &'static str) {
    server.tamper(statement).await;
}

const SIGN_INS: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO events (id, user_id, kind, at)
    SELECT 'sign-in-' || i, (SELECT id FROM users), CASE i % 3 WHEN 0 THEN 'signed_in' WHEN 1 THEN 'sign_in_failed' ELSE 'signed_out' END,
           1767225600000 - i * 1000 FROM n";

const KEPT: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
    INSERT INTO events (id, user_id, kind, at)
    SELECT kind || i, (SELECT id FROM users), kind, 1767225000000 - i
    FROM n, (SELECT 'replay_detected' AS kind UNION ALL SELECT 'password_changed' UNION ALL SELECT 'password_set_by_admin'
             UNION ALL SELECT 'roles_set_by_admin') AS kinds";

const REVOKED: &str = "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    INSERT INTO events (id, user_id, kind, at, detail)
    SELECT 'revoked-' || i, (SELECT id FROM users), 'session_revoked', 1767224000000 - i, 'displaced' FROM n";

const ALL: &str = "SELECT COUNT(*) FROM events";
const PROTECTED: &str = "SELECT COUNT(*) FROM events WHERE kind IN ('replay_detected', 'password_changed', \
                         'password_set_by_admin', 'roles_set_by_admin')";
const REVOCATIONS: &str = "SELECT COUNT(*) FROM events WHERE kind = 'session_revoked'";

async fn newest_kind(server: &Server, tokens: &Tokens) -> String {
    let log = server.get_as(&tokens.access, "/api/account/events").await.json();
    log["events"][0]["kind"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn flood_of_sign_ins_keeps_a_thousand_lines_and_replays() {
    let server = Server::start().await;
    server.register("ada").await;
    for statement in [SIGN_INS, KEPT, REVOKED] {
        fill(&server, statement).await;
    }
    let pruned = prune(&server.app.server.database.store, server.app.settings.server.retention, server.clock.now())
        .await
        .unwrap();
    // The registration's two lines are among them.
    assert_eq!((pruned.events, server.sql(ALL).await), (5000 + 400 + 300 + 2 - 1000, "1000".to_owned()));
    assert_eq!((server.sql(PROTECTED).await, server.sql(REVOCATIONS).await), ("400".into(), "300".into()));

    // From here on each new line makes room for itself, the oldest sign-in first.
    let oldest = "SELECT MIN(at) FROM events WHERE kind IN ('signed_in', 'sign_in_failed', 'signed_out')";
    let before: i64 = server.sql(oldest).await.parse().unwrap();
    let tokens = server.log_in("ada").await;
    assert_eq!(server.sql(ALL).await, "1000");
    assert!(server.sql(oldest).await.parse::<i64>().unwrap() > before);
    assert_eq!(newest_kind(&server, &tokens).await, "signed_in");
    assert_eq!((server.sql(PROTECTED).await, server.sql(REVOCATIONS).await), ("400".into(), "300".into()));
}

#[tokio::test]
async fn protected_lines_stay_beyond_a_thousand() {
    let server = Server::start().await;
    server.register("ada").await;
    for statement in [KEPT, REVOKED] {
        fill(&server, statement).await;
    }
    let more =
        "INSERT INTO events (id, user_id, kind, at) SELECT 'again-' || n.i || events.id, user_id, kind, at - 500000
                FROM events, (SELECT 1 AS i UNION ALL SELECT 2 UNION ALL SELECT 3) AS n WHERE kind = 'replay_detected'
                OR kind = 'password_changed' OR kind = 'roles_set_by_admin'";
    fill(&server, more).await;
    let protected = server.sql(PROTECTED).await;
    assert_eq!(protected, "1300");
    prune(&server.app.server.database.store, server.app.settings.server.retention, server.clock.now()).await.unwrap();
    assert_eq!((server.sql(PROTECTED).await, server.sql(REVOCATIONS).await), (protected.clone(), "0".into()));
    server.log_in("ada").await;
    assert_eq!(server.sql(PROTECTED).await, protected);
}

#[tokio::test]
async fn log_of_another_user_is_not_touched() {
    let server = Server::start().await;
    server.register("ada").await;
    fill(&server, SIGN_INS).await;
    server.register("eve").await;
    prune(&server.app.server.database.store, server.app.settings.server.retention, server.clock.now()).await.unwrap();
    assert_eq!(server.sql(ALL).await, "1002");
}
