//! The pages of the database's file.

use super::prune_now;
use crate::support::Server;
use latchkey_axum::jobs::prune::Pruned;

#[tokio::test]
async fn pruned_rows_free_their_pages() {
    let server = Server::start().await;
    server.register("ada").await;
    let pages = async || server.sql("PRAGMA page_count").await.parse::<u32>().unwrap();
    let before = pages().await;
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO events (id, user_id, kind, at, detail)
             SELECT hex(randomblob(11)), (SELECT id FROM users), 'signed_in', 1000 + i, hex(randomblob(50)) FROM n",
        )
        .await;
    let filled = pages().await;
    assert!(filled > before + 200, "{before} {filled}");
    assert_eq!(prune_now(&server).await, Pruned { events: 5000, ..Pruned::default() });
    let after = pages().await;
    assert!(after <= before + 2, "{before} {filled} {after}");
    assert_eq!(server.sql("PRAGMA freelist_count").await, "0");
}
