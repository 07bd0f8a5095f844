//! The first start of this version on the data of an earlier one.

use crate::support::binary::Binary;
use crate::support::engine::connect;
use crate::support::{Server, start_and_stop};
use std::path::Path;

const WORDS: &str = "in earlier versions new accounts had the role Manager";

/// Undoes the last migration as far as this test needs, so that the data are those of an earlier version.
async fn downgrade(folder: &Path) {
    use sqlx::{Connection as _, Executor as _};
    let mut connection = connect(folder).await;
    connection.execute("DROP TABLE notices").await.unwrap();
    connection.execute("DELETE FROM _latchkey_migrations WHERE version = 10").await.unwrap();
    connection.close().await.unwrap();
}

/// The log of one start with these data.
fn log_of_a_start(data: &Path) -> String {
    let mut binary = Binary::start(&[("LATCHKEY_DATA_DIR", data.to_str().unwrap())]);
    // The start has said all that it says when its first request is logged.
    binary.get("/login");
    binary.wait_until("the request is logged", |binary| binary.log().contains("answered"));
    binary.log()
}

#[tokio::test]
async fn upgrade_with_accounts_warns_once_about_roles() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    server.tamper("UPDATE users SET roles = 'Manager'").await;
    let data = server.stop().await;
    downgrade(data.path()).await;
    assert!(log_of_a_start(data.path()).contains(WORDS));
    assert!(!log_of_a_start(data.path()).contains(WORDS), "not at every start");

    // The account keeps its role, and its session.
    let binary = Binary::start(&[("LATCHKEY_DATA_DIR", data.path().to_str().unwrap())]);
    let refreshed = binary.refresh(&tokens.refresh);
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_eq!(refreshed.json()["user"]["roles"][0], "Manager");
}

#[tokio::test]
async fn start_without_accounts_does_not_warn_about_roles() {
    let binary = Binary::start(&[]);
    assert!(!binary.log().contains(WORDS));
    let data = tempfile::TempDir::new().unwrap();
    start_and_stop(data.path()).await.unwrap();
    downgrade(data.path()).await;
    assert!(!log_of_a_start(data.path()).contains(WORDS));
}
