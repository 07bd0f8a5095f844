//! `latchkey session …`.

use super::log;
use crate::support::command::{latchkey, run_with};
use crate::support::outside::{Action, Trigger};
use crate::support::{Place, Server};
use serde_json::Value;

fn list(server: &Server, arguments: &[&str]) -> Vec<Value> {
    let all = [&["session", "list", "--json"], arguments].concat();
    serde_json::from_str(&server.command(&all).done()).unwrap()
}

#[tokio::test]
async fn session_list_shows_user_address_and_device() {
    let server = Server::today(&[]).await;
    let ada = server.register("ada").await;
    server.register("eve").await;
    let elsewhere = server.log_in_from("ada", "192.0.2.7", "curl/8.5.0").await;
    let over = server.log_in("ada").await;
    server.post_as(&over.access, "/api/token/revoke", serde_json::json!({})).await;

    assert_eq!(list(&server, &[]).len(), 3);
    let of_ada = list(&server, &["--user", "ADA"]);
    let ids: Vec<_> = of_ada.iter().map(|session| session["id"].clone()).collect();
    assert!(ids.contains(&ada.claims()["sid"]) && ids.contains(&elsewhere.claims()["sid"]) && ids.len() == 2);
    let session = of_ada.iter().find(|session| session["id"] == elsewhere.claims()["sid"]).unwrap();
    assert_eq!((&session["username"], &session["ip"]), (&"ada".into(), &"192.0.2.7".into()));
    assert_eq!(session["device"]["browser"], "curl");

    let table = server.command(&["session", "list", "--user", "ada"]).done();
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.contains("192.0.2.7") && table.contains(session["id"].as_str().unwrap()), "{table}");
    let error = server.command(&["session", "list", "--user", "unknown"]).failed(1);
    assert!(error.contains("there is no account"), "{error}");
}

#[tokio::test]
async fn session_show_prints_last_use_and_what_differs() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    let tokens = server.log_in_from("ada", "192.0.2.7", "curl/8.5.0").await;
    let id = tokens.claims()["sid"].as_str().unwrap().to_owned();
    let shown = |name: &str| {
        let text = server.command(&["session", "show", &id]).done();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
    };
    assert_eq!(shown("user"), "ada");
    assert_eq!(shown("last used from"), "192.0.2.7 curl (curl/8.5.0)");
    assert_eq!(shown("differs from the sign-in"), "nothing");

    let elsewhere = Place::new("2001:db8::1", "wget/1.21");
    let next = server.refresh_and_confirm(elsewhere, &tokens.refresh).await;
    assert_eq!(shown("signed in from"), "192.0.2.7 curl (curl/8.5.0)");
    assert!(shown("last used from").starts_with("2001:db8::1 ") && shown("last used from").ends_with("(wget/1.21)"));
    assert_eq!(shown("differs from the sign-in"), "network, user agent");
    assert!(shown("last refresh at").ends_with(", generation 1") && shown("state").starts_with("live until "));
    let session: Value = serde_json::from_str(&server.command(&["session", "show", "--json", &id]).done()).unwrap();
    assert_eq!((&session["lastUsedFrom"]["ip"], &session["ip"]), (&"2001:db8::1".into(), &"192.0.2.7".into()));
    assert_eq!((&session["lastUsedFrom"]["networkDiffers"], &session["ended"]), (&true.into(), &Value::Null));
    let of_list = list(&server, &[]).into_iter().find(|listed| listed["id"] == id).unwrap();
    assert_eq!(of_list["lastUsedFrom"], session["lastUsedFrom"]);

    server.tamper("UPDATE sessions SET rotated_ip = NULL, rotated_network = NULL, rotated_user_agent = NULL").await;
    assert_eq!(shown("last used from"), "not recorded; the next refresh records it");
    assert_eq!(shown("differs from the sign-in"), "unknown");
    server.post_as(&next.access, "/api/token/revoke", serde_json::json!({})).await;
    assert_eq!(shown("state"), "ended: logged_out");
    for unknown in ["AAAAAAAAAAAAAAAAAAAAAA", "garbage", "-x", ""] {
        let error = server.command(&["session", "show", unknown]).failed(1);
        assert!(error.contains("there is no session") && error.contains("latchkey session list"), "{error}");
    }
}

#[tokio::test]
async fn show_prints_no_control_characters_of_a_user_agent() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    server.tamper("UPDATE sessions SET user_agent = 'x\u{1b}[2J', rotated_network = '192.0.2.7'").await;
    let id = tokens.claims()["sid"].as_str().unwrap().to_owned();
    let text = server.command(&["session", "show", &id]).done();
    assert!(text.contains("x\u{fffd}[2J") && !text.contains('\u{1b}'), "{text:?}");
}

#[tokio::test]
async fn revoke_of_one_session_keeps_the_others() {
    let server = Server::today(&[]).await;
    let (here, there) = (server.register("ada").await, server.log_in("ada").await);
    let id = there.claims()["sid"].as_str().unwrap().to_owned();
    assert_eq!(server.command(&["session", "revoke", &id]).done(), "Ended 1 session.\n");
    server.get_as(&there.access, "/api/me").await.problem(401, "invalid_token");
    server.refresh(&there.refresh).await.refused("revoked_by_admin");
    assert_eq!(log(&server, &here).await[0], "session_revoked: revoked_by_admin");
    assert_eq!(server.command(&["session", "revoke", &id]).done(), "That session had ended before.\n");
    for unknown in ["AAAAAAAAAAAAAAAAAAAAAA", "garbage", "-x", ""] {
        let error = server.command(&["session", "revoke", unknown]).failed(1);
        assert!(error.contains("there is no session") && error.contains("latchkey session list"), "{error}");
    }
    server.rotate(&here.refresh).await;
}

#[tokio::test]
async fn revoke_ends_sessions_of_one_user_or_of_all() {
    let server = Server::today(&[]).await;
    let (ada, again, eve) = (server.register("ada").await, server.log_in("ada").await, server.register("eve").await);
    assert_eq!(server.command(&["session", "revoke", "--user", "Ada"]).done(), "Ended 2 sessions.\n");
    for tokens in [&ada, &again] {
        server.refresh(&tokens.refresh).await.refused("revoked_by_admin");
    }
    let eve = server.rotate(&eve.refresh).await;
    let ada = server.log_in("ada").await;
    assert_eq!(server.command(&["session", "revoke", "--all"]).done(), "Ended 2 sessions.\n");
    for tokens in [&ada, &eve] {
        server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
        server.refresh(&tokens.refresh).await.refused("revoked_by_admin");
    }
    assert_eq!(server.command(&["session", "revoke", "--all"]).done(), "Ended 0 sessions.\n");
    assert_eq!(list(&server, &[]), Vec::<Value>::new());
}

#[tokio::test]
async fn revoke_of_many_sessions_runs_in_batches() {
    let server = Server::today(&[]).await;
    let tokens = server.register("ada").await;
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
             INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at,
                                   last_seen_at, idle_expires_at, absolute_expires_at, remember)
             SELECT 'session-' || i, user_id, secret, 0, 0, rotated_at, created_at, last_seen_at, idle_expires_at,
                    absolute_expires_at, 0 FROM n, sessions",
        )
        .await;
    assert_eq!(server.command(&["session", "revoke", "--all"]).done(), "Ended 1501 sessions.\n");
    server.refresh(&tokens.refresh).await.refused("revoked_by_admin");
    // The log has a thousand lines a user, the registration's among them.
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'session_revoked'").await, "999");
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'account_created'").await, "1");
}

#[tokio::test]
async fn session_command_used_wrongly_exits_with_2() {
    let server = Server::today(&[]).await;
    for arguments in [
        &["session"][..],
        &["session", "revoke"],
        &["session", "revoke", "--all", "--user", "ada"],
        &["session", "revoke", "AAAAAAAAAAAAAAAAAAAAAA", "--all"],
        &["session", "list", "--keyring", "x"],
        &["session", "show"],
        &["session", "list", "--database-url", "mysql://x"],
    ] {
        server.command(arguments).failed(2);
    }
}

/// Adds so many sessions like ada's.
async fn add_sessions(server: &Server) {
    server
        .tamper(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
             INSERT INTO sessions (id, user_id, secret, generation, confirmed_generation, rotated_at, created_at,
                                   last_seen_at, idle_expires_at, absolute_expires_at, remember)
             SELECT 'AAAAAAAAAAAAAAAAA' || (1000 + i) || 'A', user_id, secret, 0, 0, rotated_at, created_at,
                    last_seen_at, idle_expires_at, absolute_expires_at, 0 FROM n, (SELECT * FROM sessions LIMIT 1) AS one",
        )
        .await;
}

#[tokio::test]
async fn revoke_fails_where_a_trigger_keeps_sessions_alive() {
    for (trigger, many) in [
        (Trigger::new("keep", "BEFORE UPDATE OF revoked_at ON sessions", Action::Skip), false),
        (
            Trigger::new(
                "keep",
                "AFTER UPDATE OF revoked_at ON sessions",
                Action::Execute("UPDATE sessions SET revoked_at = NULL, revoke_reason = NULL WHERE id = NEW.id"),
            )
            .when("NEW.revoked_at IS NOT NULL"),
            false,
        ),
        // Each batch revives the one before it.
        (
            Trigger::new(
                "keep",
                "AFTER UPDATE OF revoked_at ON sessions",
                Action::Execute(
                    "UPDATE sessions SET revoked_at = NULL, revoke_reason = NULL WHERE revoked_at < NEW.revoked_at",
                ),
            )
            .when("NEW.revoked_at IS NOT NULL"),
            true,
        ),
    ] {
        let server = Server::today(&[]).await;
        let tokens = server.register("ada").await;
        if many {
            add_sessions(&server).await;
        }
        server.add_trigger(trigger).await;
        let id = tokens.claims()["sid"].as_str().unwrap().to_owned();
        let all: [&[&str]; 3] = [&["--all"], &["--user", "ada"], &[&id]];
        for which in all.into_iter().take(if many { 1 } else { 3 }) {
            let error = server.command(&[&["session", "revoke"], which].concat()).failed(1);
            for words in ["still live", "trigger", "`doctor`"] {
                assert!(error.contains(words) && !error.contains("damaged value"), "{which:?} {trigger:?}: {error}");
            }
        }
        assert!(server.command(&["doctor"]).stdout.contains("trigger keep"), "{trigger:?}");
    }
}

#[tokio::test]
async fn disable_and_password_fail_where_trigger_keeps_sessions() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    server.add_trigger(Trigger::new("keep", "BEFORE UPDATE OF revoked_at ON sessions", Action::Skip)).await;
    let command = |arguments: &[&str]| {
        run_with(latchkey(server.data.path()).args(arguments), b"violet umbrella on a quiet tram").failed(1)
    };
    assert!(command(&["user", "password", "ada"]).contains("still live"));
    server.add_trigger(Trigger::new("enabled", "BEFORE UPDATE OF disabled_at ON users", Action::Skip)).await;
    assert!(command(&["user", "disable", "ada"]).contains("still live"));
}
