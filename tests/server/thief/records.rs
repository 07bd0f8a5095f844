//! The records of a token that was presented from elsewhere, for the owner and the operator.

use super::{HOME, SECOND, THIEF, assert_must_wait, owner, state};
use crate::support::outside::{Action, Trigger};
use crate::support::{Place, Server, Tokens};
use serde_json::{Value, json};
use std::sync::Arc;

const PRESENTED: &str = "SELECT COUNT(*) FROM events WHERE kind = 'token_presented_elsewhere'";
const RETRIED: &str = "SELECT COUNT(*) FROM events WHERE kind = 'token_retried_elsewhere'";

async fn newest_event(server: &Server, tokens: &Tokens) -> Value {
    server.get_as(&tokens.access, "/api/account/events").await.json()["events"][0].clone()
}

fn count(server: &Server, outcome: &str) -> String {
    let series = format!("latchkey_refreshes_total{{outcome=\"{outcome}\"}} ");
    let text = server.app.server.metrics.to_text();
    text.lines().find_map(|line| line.strip_prefix(&series)).unwrap().to_owned()
}

#[tokio::test]
async fn token_presented_elsewhere_is_logged_once_an_hour() {
    let mut server = Server::with(&["--retry-window", "5m"]).await;
    let first = owner(&server).await;
    let other = server.log_in_at("ada", HOME).await;
    let (mut parent, mut head) = (first.clone(), first.clone());
    for (minutes, lines) in [(0, "1"), (0, "1"), (59, "1"), (1, "2"), (59, "2"), (2, "3")] {
        server.clock.advance(minutes * 60 * SECOND);
        parent = head;
        head = server.refresh_and_confirm(HOME, &parent.refresh).await;
        let unchanged = state(&server).await;
        assert_must_wait(&server.refresh_from(THIEF, &parent.refresh).await);
        assert_eq!(server.sql(PRESENTED).await, lines, "{minutes} minutes later");
        assert_eq!(state(&server).await, unchanged);
        server = server.restart(&["--retry-window", "5m"]).await;
    }
    let event = newest_event(&server, &head).await;
    assert_eq!((&event["kind"], &event["ip"]), (&"token_presented_elsewhere".into(), &THIEF.ip.into()));
    assert_eq!((&event["device"]["browser"], &event["sessionId"]), (&"curl".into(), &first.claims()["sid"]));

    // Another session has lines of its own; so has this one when the clock was set back.
    server.refresh_and_confirm(HOME, &other.refresh).await;
    assert_must_wait(&server.refresh_from(THIEF, &other.refresh).await);
    assert_eq!(server.sql(PRESENTED).await, "4");
    server.clock.set_back(4 * 60 * SECOND);
    assert_must_wait(&server.refresh_from(THIEF, &parent.refresh).await);
    assert_eq!(server.sql(PRESENTED).await, "4", "its second line is of this hour");
    assert_eq!(count(&server, "refused_elsewhere"), "2", "since the last restart");
}

#[tokio::test]
async fn retry_from_elsewhere_is_logged_once_an_hour() {
    let server = Server::start().await;
    let first = owner(&server).await;
    server.refresh_from(HOME, &first.refresh).await.tokens();
    let again = server.refresh_from(HOME, &first.refresh).await.tokens();
    assert_eq!((server.sql(RETRIED).await, count(&server, "retried")), ("0".to_owned(), "1".to_owned()));

    let unchanged = state(&server).await;
    for (minutes, lines) in [(0, "1"), (59, "1"), (1, "2")] {
        server.clock.advance(minutes * 60 * SECOND);
        assert_eq!(server.refresh_from(THIEF, &first.refresh).await.tokens().refresh, again.refresh);
        assert_eq!(server.sql(RETRIED).await, lines, "{minutes} minutes later");
    }
    assert_eq!(state(&server).await, unchanged);
    assert_eq!((count(&server, "retried_elsewhere"), count(&server, "retried")), ("3".to_owned(), "1".to_owned()));
    assert_eq!(server.sql(PRESENTED).await, "0");
    let fresh = server.refresh_from(HOME, &first.refresh).await.tokens();
    assert_eq!(newest_event(&server, &fresh).await["ip"], THIEF.ip);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_presentations_write_one_log_line() {
    let server = Arc::new(Server::start().await);
    let first = owner(&server).await;
    server.refresh_and_confirm(HOME, &first.refresh).await;
    let presentations: Vec<_> = (0..24)
        .map(|_| {
            let (server, token) = (server.clone(), first.refresh.clone());
            tokio::spawn(async move { server.refresh_from(THIEF, &token).await })
        })
        .collect();
    for presentation in presentations {
        assert_must_wait(&presentation.await.unwrap());
    }
    assert_eq!(server.sql(PRESENTED).await, "1");
}

#[tokio::test]
async fn unwritable_security_log_changes_no_response() {
    let server = Server::start().await;
    let first = owner(&server).await;
    let second = server.refresh_from(HOME, &first.refresh).await.tokens();
    server.add_trigger(Trigger::new("broken", "BEFORE INSERT ON events", Action::Fail("broken"))).await;
    assert_eq!(server.refresh_from(THIEF, &first.refresh).await.tokens().refresh, second.refresh);
    assert_eq!(server.me_from(HOME, &second).await.status, 200);
    assert_eq!(assert_must_wait(&server.refresh_from(THIEF, &first.refresh).await), 31);
    assert_eq!(count(&server, "failed"), "0");
}

#[tokio::test]
async fn session_list_shows_last_use_and_what_differs() {
    let server = Server::start().await;
    let tokens = owner(&server).await;
    let (firefox, curl) = (
        json!({ "kind": "computer", "browser": "Firefox", "system": "Linux" }),
        json!({ "kind": "other", "browser": "curl", "system": null }),
    );
    let mut head = tokens;
    let wifi = Place { ip: "203.0.113.80", ..HOME };
    for (place, device, network_differs, user_agent_differs) in [
        (HOME, &firefox, false, false),
        (wifi, &firefox, true, false),
        (Place { ip: HOME.ip, ..THIEF }, &curl, false, true),
        (THIEF, &curl, true, true),
        (Place { ip: "::ffff:192.0.2.7", ..HOME }, &firefox, false, false),
    ] {
        head = server.refresh_and_confirm(place, &head.refresh).await;
        let listed = server.get_as(&head.access, "/api/sessions").await.json();
        assert_eq!((&listed[0]["ip"], &listed[0]["device"]), (&HOME.ip.into(), &firefox), "the sign-in stays");
        let ip = place.ip.trim_start_matches("::ffff:");
        let expected = json!({
            "ip": ip, "device": device, "networkDiffers": network_differs, "userAgentDiffers": user_agent_differs,
        });
        assert_eq!(listed[0]["lastUsedFrom"], expected, "{place:?}");
    }
    server.tamper("UPDATE sessions SET rotated_ip = NULL, rotated_network = NULL, rotated_user_agent = NULL").await;
    assert_eq!(server.get_as(&head.access, "/api/sessions").await.json()[0]["lastUsedFrom"], Value::Null);
}
