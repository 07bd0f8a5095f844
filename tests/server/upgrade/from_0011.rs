//! The files of `migration_0011` in this version: nothing in them is lost.

use super::{ELSEWHERE, copied, text, upgraded, upgraded_with};
use crate::support::{Answer, PASSWORD, Place, Server, start_with};
use latchkey_axum::jobs::finish::finish;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection as _};
use std::path::Path;

/// A database of the version whose newest migration is 0011, with its keyring, and the tokens of its sessions.
pub const FROM_0011: &str = "tests/server/upgrade/migration_0011";

/// Where ada's sessions are, but for the unseen one, which is with [`ELSEWHERE`].
const BROWSER: Place<'static> =
    Place::new("192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");

const TABLES: [&str; 8] =
    ["users", "sessions", "events", "login_failures", "customers", "usual_places", "bulk_revocations", "notices"];

/// Columns that later migrations have added, with the value that they give to every row.
const ADDED: [(&str, &str, &str); 1] = [("users", "fields", "{}")];

/// Every value of every row, by table, without [`ADDED`].
async fn rows(database: &Path) -> Vec<(&'static str, String)> {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rw", database.display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    let mut rows = Vec::new();
    for table in TABLES {
        let columns: String = sqlx::query_scalar(
            "SELECT group_concat('quote(' || name || ')', '||') FROM pragma_table_info($1) WHERE name <> $2",
        )
        .bind(table)
        .bind(added(table))
        .fetch_one(&mut connection)
        .await
        .unwrap();
        let values =
            format!("SELECT coalesce(group_concat({columns}, ' '), '') FROM (SELECT * FROM {table} ORDER BY rowid)");
        rows.push((table, sqlx::query_scalar(sqlx::AssertSqlSafe(values)).fetch_one(&mut connection).await.unwrap()));
    }
    connection.close().await.unwrap();
    rows
}

fn added(table: &str) -> &'static str {
    ADDED.iter().find(|(of, ..)| *of == table).map_or("", |(_, column, _)| column)
}

async fn log_in(server: &Server, username: &str, password: &str) -> Answer {
    server.post_from(BROWSER, "/api/auth/login", json!({ "username": username, "password": password })).await
}

#[tokio::test]
async fn upgrade_from_0011_changes_no_row() {
    let (data, _) = copied(FROM_0011);
    let before = rows(&data.path().join("latchkey.db")).await;
    assert!(before.iter().all(|(table, rows)| *table == "notices" || !rows.is_empty()));
    start_with(data.path(), &["--demo", "on"]).await.unwrap();
    assert_eq!(rows(&data.path().join("latchkey.db")).await, before);
    let (server, _) = upgraded(FROM_0011).await;
    for (table, column, value) in ADDED {
        let others = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table} WHERE {column} <> '{value}'");
        assert_eq!(server.sql(others.leak()).await, "0");
    }
}

#[tokio::test]
async fn upgrade_from_0011_signs_no_user_out() {
    let (server, tokens) = upgraded(FROM_0011).await;
    let ada = &tokens["ada"];
    let live = [
        &ada["seen"]["head"],
        &ada["unseen"]["head"],
        &ada["fresh"],
        &ada["old_keys"],
        &tokens["bob"]["now"],
        &tokens["dora"]["kept"],
    ];
    let listed = server.get_as(text(&ada["fresh"]["access"]), "/api/sessions").await.json();
    assert_eq!(listed.as_array().unwrap().len(), 4);
    for session in live {
        assert_eq!(server.get_as(text(&session["access"]), "/api/me").await.status, 200, "{session}");
    }
    // A retry gets the token that the version before answered with.
    for (place, session) in [(BROWSER, &ada["seen"]), (ELSEWHERE, &ada["unseen"])] {
        let again = server.refresh_from(place, text(&session["parent"]["refresh"])).await;
        assert_eq!(again.tokens().refresh, text(&session["head"]["refresh"]));
    }
    for session in live {
        let next = server.refresh_and_confirm(BROWSER, text(&session["refresh"])).await;
        server.refresh_and_confirm(ELSEWHERE, &next.refresh).await;
    }
}

#[tokio::test]
async fn session_that_had_ended_in_0011_stays_ended() {
    let (server, tokens) = upgraded(FROM_0011).await;
    let ada = &tokens["ada"];
    for finished in [false, true] {
        for (session, reason) in [
            (&ada["expired"], "expired"),
            (&ada["logged_out"], "logged_out"),
            (&ada["revoked"], "revoked"),
            (&ada["replayed"], "replayed"),
            (&tokens["bob"]["before"], "password_changed"),
            (&tokens["cleo"], "revoked_by_admin"),
            (&tokens["dora"]["other"], "revoked"),
            (&tokens["eve"], "unknown"),
        ] {
            server.refresh(text(&session["refresh"])).await.refused(reason);
            server.get_as(text(&session["access"]), "/api/me").await.problem(401, "invalid_token");
        }
        if !finished {
            finish(&server.app.server.database).await.unwrap();
        }
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM bulk_revocations").await, "0");
    assert_eq!(server.sql("SELECT COUNT(*) FROM users WHERE deleted_at IS NOT NULL").await, "0");
}

#[tokio::test]
async fn account_from_0011_keeps_password_roles_and_log() {
    let (server, tokens) = upgraded_with(FROM_0011, &["--demo", "on"]).await;
    let events = server.get_as(text(&tokens["ada"]["fresh"]["access"]), "/api/account/events").await.json();
    assert_eq!(events["events"], tokens["events_of_ada"]);

    let ada = log_in(&server, "ada", PASSWORD).await.tokens();
    assert_eq!(ada.all["user"]["displayName"], "Ada Lovelace");
    let newest = server.get_as(&ada.access, "/api/account/events").await.json()["events"][0].clone();
    assert_eq!((&newest["kind"], &newest["newNetwork"]), (&json!("signed_in"), &Value::Bool(false)));
    let customers = server.get_as(&ada.access, "/api/customers").await.json();
    assert_eq!(customers.as_array().unwrap().len(), 43);

    assert_eq!(log_in(&server, "bob", "violet umbrella on a quiet tram").await.status, 200);
    log_in(&server, "bob", PASSWORD).await.problem(401, "invalid_credentials");
    log_in(&server, "cleo", PASSWORD).await.problem(401, "invalid_credentials");
    log_in(&server, "eve", PASSWORD).await.problem(401, "invalid_credentials");
    assert_eq!(log_in(&server, "johndoe", "def@123").await.status, 200);
}
