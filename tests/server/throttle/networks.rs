//! Trusted networks, for throttling, and usual ones, for display.

use super::*;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const NEXT_FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";

#[tokio::test]
async fn network_of_a_revoked_session_is_not_trusted() {
    let server = Server::start().await;
    let ada = register(&server, HOME, "ada").await;
    let thief = log_in(&server, ELSEWHERE, "ada", PASSWORD).await.tokens();
    let id = thief.claims()["sid"].clone();
    assert_eq!(server.post_as(&ada.access, "/api/sessions/revoke", json!({ "id": id })).await.status, 204);
    // The thief's network has only the tries of all strangers, which are used up elsewhere.
    fail_until_throttled(&server, "203.0.113.5", "ada").await;
    seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await);
    assert_eq!(log_in(&server, HOME, "ada", PASSWORD).await.status, 200, "the owner's network stays trusted");
}

#[tokio::test]
async fn network_of_an_expired_session_is_not_trusted() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    server.clock.advance(DAY);
    fail_until_throttled(&server, ELSEWHERE, "ada").await;
    seconds(&log_in(&server, HOME, "ada", PASSWORD).await);
}

#[tokio::test]
async fn network_of_a_refresh_alone_is_not_trusted() {
    let server = Server::start().await;
    let ada = register(&server, HOME, "ada").await;
    let body = json!({ "refreshToken": ada.refresh });
    assert_eq!(post_from(&server, ELSEWHERE, None, "/api/token/refresh", body).await.status, 200);
    fail_until_throttled(&server, "203.0.113.5", "ada").await;
    seconds(&log_in(&server, ELSEWHERE, "ada", PASSWORD).await);
}

#[tokio::test]
async fn trusted_accounts_in_one_network_share_a_limit() {
    let server = Server::start().await;
    // A school: many accounts, all signed in here. Five tries for each would be 150.
    for number in 0..30 {
        register(&server, HOME, &format!("pupil{number}")).await;
    }
    let mut tried = 0;
    'all: for number in 0..30 {
        for _ in 0..5 {
            if log_in(&server, HOME, &format!("pupil{number}"), WRONG).await.status == 429 {
                break 'all;
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 100);
    assert_eq!(seconds(&log_in(&server, HOME, "pupil29", PASSWORD).await), 1);
    server.clock.advance(Duration::from_secs(60));
    assert_eq!(log_in(&server, HOME, "pupil29", PASSWORD).await.status, 200, "the longest wait is a minute");
}

/// What the sessions of `ada` say, the newest first: address, new network, new device.
async fn devices(server: &Server, access: &str) -> Vec<(String, bool, bool)> {
    let mut sessions = server.get_as(access, "/api/sessions").await.json().as_array().unwrap().clone();
    sessions.sort_by_key(|session| std::cmp::Reverse(session["createdAt"].as_str().unwrap().to_owned()));
    let words = |session: &Value| {
        let says = |field: &str| session[field].as_bool().unwrap();
        (session["ip"].as_str().unwrap().to_owned(), says("newNetwork"), says("newDevice"))
    };
    sessions.iter().map(words).collect()
}

#[tokio::test]
async fn sign_in_from_a_new_place_shows_in_list_and_log() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    let mut access = String::new();
    for (ip, user_agent) in [
        (HOME, FIREFOX), // registered without a user agent
        (ELSEWHERE, FIREFOX),
        (ELSEWHERE, "curl/8.5.0"),
        (
            "203.0.113.5",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
        ),
        (HOME, NEXT_FIREFOX),
    ] {
        server.clock.advance(Duration::from_secs(1));
        access = server.log_in_from("ada", ip, user_agent).await.access;
    }
    let seen = devices(&server, &access).await;
    let expected = [
        (HOME, false, false),
        ("203.0.113.5", true, true),
        (ELSEWHERE, false, true),
        (ELSEWHERE, true, false),
        (HOME, false, true),
        (HOME, false, false),
    ];
    assert_eq!(seen, expected.map(|(ip, network, device)| (ip.to_owned(), network, device)));

    let log = server.get_as(&access, "/api/account/events").await.json();
    let sign_ins = log["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "signed_in");
    let told: Vec<_> = sign_ins
        .map(|event| {
            assert!(event["reason"].is_null(), "{event}");
            (event["newNetwork"].as_bool().unwrap(), event["newDevice"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(told, expected.map(|(_, network, device)| (network, device)));
}

#[tokio::test]
async fn usual_place_is_new_after_ninety_days() {
    let server = Server::start().await;
    register(&server, HOME, "ada").await;
    for days in [89, 90] {
        server.log_in_from("ada", ELSEWHERE, FIREFOX).await;
        server.clock.advance(days * DAY);
        server.log_in_from("ada", "203.0.113.5", FIREFOX).await;
        let access = server.log_in_from("ada", ELSEWHERE, FIREFOX).await.access;
        let news = devices(&server, &access).await.into_iter().filter(|(ip, ..)| ip == ELSEWHERE);
        assert_eq!(news.map(|(_, network, _)| network).collect::<Vec<_>>(), [days == 90], "{days} days");
        server.clock.advance(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn client_with_changing_addresses_keeps_the_table_bounded() {
    let server = Server::with(&["--sign-ins-per-hour", "1000"]).await;
    register(&server, HOME, "ada").await;
    for number in 0..120 {
        server.clock.advance(Duration::from_secs(1));
        server.log_in_from("ada", &format!("2001:db8:{number:x}::1"), FIREFOX).await;
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM usual_places WHERE kind = 'network'").await, "100");
    let newest = "SELECT COUNT(*) FROM usual_places WHERE place = '2001:db8:77::'";
    assert_eq!(server.sql(newest).await, "1");
    assert_eq!(server.sql("SELECT COUNT(*) FROM usual_places WHERE place = '192.0.2.7'").await, "0");
}
