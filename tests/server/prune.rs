//! Pruning: what goes, and what stays.

use crate::support::Server;
use latchkey::server::clock::Clock as _;
use latchkey::server::jobs::prune::{Pruned, prune};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn prune_now(server: &Server) -> Pruned {
    prune(&server.app.store, server.clock.now()).await.unwrap()
}

#[tokio::test]
async fn sessions_go_thirty_days_after_their_last_possible_moment() {
    let server = Server::start().await;
    let ended = server.register("ada").await;
    server.clock.advance(31 * DAY - Duration::from_millis(1));
    assert_eq!(prune_now(&server).await, Pruned::default());
    server.refresh(&ended.refresh).await.refused("expired");

    let alive = server.log_in("ada").await;
    server.clock.advance(Duration::from_millis(2));
    assert_eq!(prune_now(&server).await, Pruned { sessions: 1, events: 0 });
    server.refresh(&ended.refresh).await.refused("unknown");
    server.rotate(&alive.refresh).await;
}

#[tokio::test]
async fn the_log_goes_after_a_year_and_many_rows_go_in_batches() {
    let server = Server::start().await;
    server.register("ada").await;
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO events (id, user_id, kind, at)
             SELECT 'event-' || i, (SELECT id FROM users), 'signed_in', 1000 + i FROM n",
        )
        .await;
    assert_eq!(prune_now(&server).await, Pruned { sessions: 0, events: 1000 });
    assert_eq!(prune_now(&server).await, Pruned::default());
    server.clock.advance(365 * DAY + Duration::from_millis(1));
    assert_eq!(prune_now(&server).await, Pruned { sessions: 1, events: 2 });
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "1");
}
