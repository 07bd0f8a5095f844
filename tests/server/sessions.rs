//! `/api/sessions`: the list, and revoking sessions of other devices.

mod sqlite;

use crate::support::{Server, Tokens};
use serde_json::{Value, json};
use std::time::Duration;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

async fn listed(server: &Server, tokens: &Tokens) -> Vec<Value> {
    let answer = server.get_as(&tokens.access, "/api/sessions").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json().as_array().unwrap().clone()
}

fn session_id(tokens: &Tokens) -> String {
    tokens.claims()["sid"].as_str().unwrap().to_owned()
}

async fn is_alive(server: &Server, tokens: &Tokens) -> bool {
    server.get_as(&tokens.access, "/api/me").await.status == 200
}

#[tokio::test]
async fn session_list_has_own_sessions_current_first() {
    let server = Server::start().await;
    let first = server.register("ada").await;
    server.clock.advance(Duration::from_secs(60));
    let second = server.log_in_from("ada", "192.0.2.7", FIREFOX).await;
    server.register("eve").await;

    let seen_by_first = listed(&server, &first).await;
    assert_eq!(seen_by_first.len(), 2);
    assert_eq!(seen_by_first[0]["id"], session_id(&first));
    assert_eq!(seen_by_first[0]["current"], true);
    assert_eq!(seen_by_first[0]["device"], json!({ "kind": "other", "browser": null, "system": null }));
    assert_eq!(
        seen_by_first[1],
        json!({
            "id": session_id(&second),
            "current": false,
            "device": { "kind": "computer", "browser": "Firefox", "system": "Linux" },
            "ip": "192.0.2.7",
            "newNetwork": false,
            "newDevice": true,
            "createdAt": "2026-01-01T00:01:00Z",
            "lastSeenAt": "2026-01-01T00:01:00Z",
            "idleExpiresAt": "2026-01-01T12:01:00Z",
            "absoluteExpiresAt": "2026-01-02T00:01:00Z",
            "remember": false,
            "lastUsedFrom": {
                "ip": "192.0.2.7",
                "device": { "kind": "computer", "browser": "Firefox", "system": "Linux" },
                "networkDiffers": false,
                "userAgentDiffers": false,
            },
        })
    );
}

#[tokio::test]
async fn ended_or_expired_session_is_not_listed() {
    let server = Server::start().await;
    let expired = server.register("ada").await;
    server.clock.advance(Duration::from_secs(12 * 60 * 60));
    let ended = server.log_in("ada").await;
    let current = server.log_in("ada").await;
    server.post("/api/token/revoke", json!({ "refreshToken": ended.refresh })).await;

    let listed = listed(&server, &current).await;
    assert_eq!(listed.len(), 1, "{listed:?} and not {}", session_id(&expired));
}

#[tokio::test]
async fn session_is_revoked_from_another_device() {
    let server = Server::start().await;
    let here = server.register("ada").await;
    let there = server.log_in("ada").await;

    for _ in 0..2 {
        let answer = server.post_as(&here.access, "/api/sessions/revoke", json!({ "id": session_id(&there) })).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    }
    server.refresh(&there.refresh).await.refused("revoked");
    assert!(!is_alive(&server, &there).await);
    assert!(is_alive(&server, &here).await);
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'session_revoked'").await, "1");
    assert_eq!(server.sql("SELECT detail FROM events WHERE kind = 'session_revoked'").await, "revoked");
}

#[tokio::test]
async fn session_of_another_user_cannot_be_ended() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let eve = server.register("eve").await;
    let never_was = "AAAAAAAAAAAAAAAAAAAAAA";

    let mut answers = Vec::new();
    for id in [&*session_id(&ada), never_was, "", "no id", "' OR 1=1 --", &"x".repeat(9000)] {
        let answer = server.post_as(&eve.access, "/api/sessions/revoke", json!({ "id": id })).await;
        let mut problem = answer.problem(404, "not_found");
        problem["requestId"] = Value::Null;
        answers.push(problem);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "existence shows: {answers:?}");
    assert!(is_alive(&server, &ada).await);
}

#[tokio::test]
async fn revoke_others_ends_all_other_sessions() {
    let server = Server::start().await;
    let here = server.register("ada").await;
    let others = [server.log_in("ada").await, server.log_in("ada").await];
    let eve = server.register("eve").await;
    let ended_before = server.log_in("ada").await;
    server.post("/api/token/revoke", json!({ "refreshToken": ended_before.refresh })).await;

    let answer = server.post_as(&here.access, "/api/sessions/revoke-others", json!({})).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "revoked": 2 })));
    for other in &others {
        server.refresh(&other.refresh).await.refused("revoked");
        assert!(!is_alive(&server, other).await);
    }
    server.refresh(&ended_before.refresh).await.refused("logged_out");
    assert!(is_alive(&server, &here).await && is_alive(&server, &eve).await);

    let again = server.post_as(&here.access, "/api/sessions/revoke-others", json!({})).await;
    assert_eq!(again.json(), json!({ "revoked": 0 }));
}

#[tokio::test]
async fn session_over_the_limit_displaces_the_least_recent() {
    let server = Server::with(&["--max-sessions", "3"]).await;
    let first = server.register("ada").await;
    let minute = Duration::from_secs(60);
    server.clock.advance(minute);
    let second = server.log_in("ada").await;
    server.clock.advance(minute);
    let third = server.log_in("ada").await;
    server.clock.advance(minute);
    // Used just now, so the second one is the one unused for longest.
    assert!(is_alive(&server, &first).await);
    let fourth = server.log_in("ada").await;

    server.refresh(&second.refresh).await.refused("displaced");
    for alive in [&first, &third, &fourth] {
        assert!(is_alive(&server, alive).await);
    }
    assert_eq!(server.sql("SELECT detail FROM events WHERE kind = 'session_revoked'").await, "displaced");

    let server = server.restart(&["--max-sessions", "1"]).await;
    let last = server.log_in("ada").await;
    assert_eq!(listed(&server, &last).await.len(), 1, "a lower limit holds from the next sign-in on");
}

#[tokio::test]
async fn session_endpoints_require_an_access_token() {
    let server = Server::start().await;
    server.get("/api/sessions").await.problem(401, "invalid_token");
    for path in ["/api/sessions/revoke", "/api/sessions/revoke-others"] {
        server.post(path, json!({ "id": "x" })).await.problem(401, "invalid_token");
    }
    let ada = server.register("ada").await;
    for body in [json!({}), json!({ "id": 1 }), json!({ "id": null })] {
        server.post_as(&ada.access, "/api/sessions/revoke", body).await.problem(400, "invalid_request");
    }
}

#[tokio::test]
async fn revoked_session_cannot_revoke_the_other_in_turn() {
    let server = Server::start().await;
    let owner = server.register("ada").await;
    let thief = server.log_in("ada").await;
    let (first, second) = tokio::join!(
        server.post_as(&owner.access, "/api/sessions/revoke-others", json!({})),
        server.post_as(&thief.access, "/api/sessions/revoke-others", json!({})),
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    assert_ne!(is_alive(&server, &owner).await, is_alive(&server, &thief).await);
}

async fn assert_fails_only_its_own_session(damage_of_eve: &'static str) {
    let server = Server::start().await;
    let (ada, eve) = (server.register("ada").await, server.register("eve").await);
    server.tamper(damage_of_eve).await;
    for _ in 0..20 {
        let (one, other, again) = tokio::join!(
            server.get_as(&ada.access, "/api/me"),
            server.get_as(&eve.access, "/api/me"),
            server.get_as(&ada.access, "/api/me"),
        );
        assert_eq!((one.status, again.status), (200, 200));
        other.problem(500, "internal");
    }
}

#[tokio::test]
async fn damaged_row_fails_only_its_own_session() {
    let damage = "UPDATE sessions SET generation = -1 WHERE user_id = (SELECT id FROM users WHERE username = 'eve')";
    assert_fails_only_its_own_session(damage).await;
}

#[tokio::test]
async fn row_with_malformed_id_is_damaged_and_still_ends() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    server.clock.advance(Duration::from_secs(60));
    server.log_in("ada").await;
    server
        .tamper("UPDATE sessions SET id = 'not an id' WHERE created_at = (SELECT MAX(created_at) FROM sessions)")
        .await;
    server.get_as(&ada.access, "/api/sessions").await.problem(500, "internal");
    let answer = server.post_as(&ada.access, "/api/sessions/revoke-others", json!({})).await;
    assert_eq!(answer.json(), json!({ "revoked": 1 }));
    assert_eq!(listed(&server, &ada).await.len(), 1);
}

#[tokio::test]
async fn long_user_agent_is_stored_cut_at_256_bytes() {
    let server = Server::start().await;
    server.register("ada").await;
    server.log_in_from("ada", "192.0.2.7", &"x".repeat(8000)).await;
    assert_eq!(server.sql("SELECT MAX(length(user_agent)) FROM sessions").await, "256");
    assert_eq!(server.sql("SELECT MAX(length(user_agent)) FROM events").await, "256");
}
