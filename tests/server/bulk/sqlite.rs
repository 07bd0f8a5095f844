//! The file of an earlier version, and a trigger that holds up a cascade: on PostgreSQL it does not, so that rows without
//! their user stay.

use super::{assert_ended, assert_finish_fails_with};
use crate::support::outside::{Action, Trigger};
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

#[tokio::test]
async fn deletion_of_sessions_that_a_trigger_skips_is_an_error() {
    assert_finish_fails_with(Trigger::new("kept", "BEFORE DELETE ON sessions", Action::Skip)).await;
}
