//! The wait for the one connection that writes to a file.

use super::now;
use crate::support::Server;
use std::time::Duration;

#[tokio::test]
async fn wait_for_the_writer_is_measured() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let waits = || now(&server, "latchkey_database_write_wait_seconds_count");
    let before = waits();
    let held = server.app.server.database.store.begin().await.unwrap();
    assert_eq!(waits(), before + 1.0);
    let refresh = server.rotate(&tokens.refresh);
    tokio::pin!(refresh);
    tokio::time::timeout(Duration::from_millis(300), &mut refresh).await.unwrap_err();
    drop(held);
    refresh.await;
    assert_eq!(waits(), before + 2.0);
    assert!(now(&server, "latchkey_database_write_wait_seconds_sum") >= 0.3);
}
