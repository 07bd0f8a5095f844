//! The file of an earlier version.

use super::assert_ended;
use crate::support::{PASSWORD, Server, older};
use serde_json::json;

/// The upgrade signs no user out, and ended sessions stay ended.
#[tokio::test]
async fn previous_database_is_upgraded_with_its_sessions() {
    let server = Server::start().await;
    let (live, over, eve) = (server.register("ada").await, server.log_in("ada").await, server.register("eve").await);
    server.post("/api/token/revoke", json!({ "refreshToken": over.refresh })).await;
    server.app.server.database.store.close().await;
    let path = server.data.path().join("latchkey.db");
    let copy = server.data.path().join("older.db");
    older::copy_of_version(5, &path, &copy).await;
    std::fs::rename(&copy, &path).unwrap();
    let server = server.restart(&[]).await;
    for tokens in [&live, &eve] {
        assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
        server.rotate(&tokens.refresh).await;
    }
    assert_ended(&server, &over, "logged_out").await;
    let answer = server.post_as(&live.access, "/api/account/delete", json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
}
