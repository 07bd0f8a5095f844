//! Measures the bytes of a row with its indexes, for the figures in docs/operations.md.

use crate::support::Server;

const ROWS: u64 = 10_000;

/// Rows as the server writes them, with a browser's user agent of 111 characters and an IPv4 address. The ids are
/// random, so pages are filled as in production.
const SESSIONS: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at, last_seen_at,
                          idle_expires_at, absolute_expires_at, remember, ip, user_agent, tag_key, network, rotated_ip, rotated_network,
                          rotated_user_agent)
    SELECT substr(hex(randomblob(16)), 1, 21) || 'A', user_id, substr(hex(randomblob(32)), 1, 43), 3, 3, rotated_at + i,
           created_at + i, last_seen_at + i, idle_expires_at + i, absolute_expires_at + i, 1, '203.0.113.77',
           'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
           tag_key, '203.0.113.77', '203.0.113.77', '203.0.113.77',
           'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
    FROM n, (SELECT * FROM sessions LIMIT 1)";

const EVENTS: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO events (id, user_id, session_id, kind, at, ip, user_agent)
    SELECT substr(hex(randomblob(16)), 1, 22), user_id, substr(hex(randomblob(16)), 1, 22), 'signed_in', at + i,
           '203.0.113.77',
           'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
    FROM n, (SELECT * FROM events LIMIT 1)";

async fn bytes(server: &Server) -> u64 {
    let pages: u64 = server.sql("PRAGMA page_count").await.parse().unwrap();
    pages * server.sql("PRAGMA page_size").await.parse::<u64>().unwrap()
}

#[tokio::test]
async fn row_sizes_match_the_documentation() {
    let server = Server::start().await;
    server.register("ada").await;
    let revoke = "UPDATE sessions SET revoked_at = last_seen_at, revoke_reason = 'logged_out'";
    for (what, statement, documented) in
        [("a live session", SESSIONS, 650), ("an event", EVENTS, 350), ("its revocation", revoke, 60)]
    {
        let before = bytes(&server).await;
        server.tamper(statement).await;
        let measured = (bytes(&server).await - before) / ROWS;
        assert!(measured.abs_diff(documented) <= documented / 8, "{what}: {measured} bytes");
    }
}
