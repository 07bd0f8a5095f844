//! Attacks by a thief elsewhere, and how each ends.

use super::{FIREFOX, HOME, SECOND, THIEF, assert_ended, assert_must_wait, owner, state};
use crate::support::{Place, Server};
use serde_json::json;

/// Polls `/api/me` for the generation and presents the current parent, from another network, another program, or both.
#[tokio::test]
async fn thief_that_polls_and_presents_the_parent_gets_nothing() {
    for thief in [THIEF, Place { ip: HOME.ip, ..THIEF }, Place { ip: THIEF.ip, ..HOME }] {
        let server = Server::start().await;
        let stolen = owner(&server).await;
        let before = server.me_from(thief, &stolen).await.json()["session"]["generation"].clone();
        let head = server.refresh_and_confirm(HOME, &stolen.refresh).await;
        let unchanged = state(&server).await;
        for second in 0..30 {
            let me = server.me_from(thief, &stolen).await;
            assert_ne!(me.json()["session"]["generation"], before, "the thief sees the rotation");
            assert_eq!(assert_must_wait(&server.refresh_from(thief, &stolen.refresh).await), 31 - second);
            assert_eq!(state(&server).await, unchanged, "{thief:?} after {second} s");
            server.clock.advance(SECOND);
        }
        server.refresh_from(thief, &stolen.refresh).await.refused("replayed");
        assert_ended(&server, &[&stolen, &head], "replayed").await;
    }
}

/// Even a thief that gets each parent receives none of eight rotations, and the owner's session continues.
#[tokio::test]
async fn thief_with_each_of_eight_parents_gets_nothing() {
    let server = Server::start().await;
    let mut tokens = owner(&server).await;
    for _ in 0..8 {
        let parent = tokens.refresh;
        tokens = server.refresh_and_confirm(HOME, &parent).await;
        server.clock.advance(5 * SECOND);
        assert_eq!(assert_must_wait(&server.refresh_from(THIEF, &parent).await), 26);
        server.clock.advance(235 * SECOND);
    }
    assert_eq!(tokens.claims()["gen"], 8);
    assert_eq!(server.me_from(HOME, &tokens).await.status, 200);
}

/// The thief is faster; the owner comes five seconds later from another network, and waits as the server asks.
#[tokio::test]
async fn owner_overtaken_by_a_thief_ends_it_within_a_minute() {
    for rotations in 1..=3 {
        let server = Server::start().await;
        let stolen = owner(&server).await;
        let mut thief = server.refresh_and_confirm(THIEF, &stolen.refresh).await;
        server.clock.advance(5 * SECOND);
        assert_eq!(assert_must_wait(&server.refresh_from(HOME, &stolen.refresh).await), 26);
        for _ in 1..rotations {
            thief = server.refresh_and_confirm(THIEF, &thief.refresh).await;
        }
        server.clock.advance(26 * SECOND);
        server.refresh_from(HOME, &stolen.refresh).await.refused("replayed");
        assert_ended(&server, &[&stolen, &thief], "replayed").await;
        assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'replay_detected'").await, "1");
    }
}

#[tokio::test]
async fn oauth_client_overtaken_by_a_thief_ends_it_within_a_minute() {
    let server = Server::start().await;
    let stolen = owner(&server).await;
    let app = Place::new(HOME.ip, "my-app/1.0");
    let thief = server.refresh_and_confirm(THIEF, &stolen.refresh).await;
    server.clock.advance(5 * SECOND);

    let answer = server.exchange_from(app, &stolen.refresh).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "26"), "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    assert!(answer.json()["error_description"].as_str().unwrap().contains("from another network or program"));

    server.clock.advance(26 * SECOND);
    let answer = server.exchange_from(app, &stolen.refresh).await;
    assert_eq!((answer.status, &answer.json()["error"]), (400, &"invalid_grant".into()));
    assert_ended(&server, &[&stolen, &thief], "replayed").await;
}

/// The owner's page is idle: all it sends is a refresh and its `GET /api/me`, every four minutes. The thief presents the
/// newest token that it has right after each refresh, before or after the page's `GET /api/me`, and never uses an access
/// token.
#[tokio::test]
async fn thief_that_polls_an_idle_page_has_one_success_at_most() {
    for (is_before_me, expected) in [(false, 0), (true, 1)] {
        let server = Server::start().await;
        let (mut owner, mut successes) = (owner(&server).await, 0);
        let mut stolen = owner.clone();
        let mut ended_at = None;
        for rotation in 1..=20 {
            let answer = server.refresh_from(HOME, &owner.refresh).await;
            if answer.status != 200 {
                answer.refused("replayed");
                ended_at = Some(rotation);
                break;
            }
            owner = answer.tokens();
            // The thief wins the race with the page's request once; it has no way to win it always.
            if is_before_me && rotation == 1 {
                stolen = server.refresh_from(THIEF, &stolen.refresh).await.tokens();
                successes += 1;
            }
            assert_eq!(server.me_from(HOME, &owner).await.status, 200);
            let answer = server.refresh_from(THIEF, &stolen.refresh).await;
            if answer.status == 200 && stolen.refresh != owner.refresh {
                stolen = answer.tokens();
                successes += 1;
            }
            server.clock.advance(240 * SECOND);
        }
        assert_eq!(successes, expected, "before the page's request: {is_before_me}");
        assert!(ended_at.is_some(), "the thief was never noticed");
        assert_ended(&server, &[&owner, &stolen], "replayed").await;
    }
}

/// A limit of the rule: an OAuth client whose access tokens only other services verify, by the JWKS. Latchkey sees none
/// of them, so a thief that presents each exchanged token gets its successor. One `GET /api/me` after the refresh ends
/// that.
#[tokio::test]
async fn thief_follows_oauth_client_until_its_tokens_are_seen() {
    let server = Server::start().await;
    let app = Place::new(HOME.ip, "my-app/1.0");
    let mut head = owner(&server).await.refresh;
    for rotation in 1..=6 {
        let answer = server.exchange_from(app, &head).await.json();
        let next = answer["refresh_token"].as_str().unwrap().to_owned();
        if rotation == 6 {
            assert_eq!(server.get_as(answer["access_token"].as_str().unwrap(), "/api/me").await.status, 200);
            assert_must_wait(&server.refresh_from(THIEF, &head).await);
        } else {
            assert_eq!(server.refresh_from(THIEF, &head).await.tokens().refresh, next, "rotation {rotation}");
        }
        head = next;
        server.clock.advance(240 * SECOND);
    }
    let lines = "SELECT COUNT(*) FROM events WHERE kind = 'token_retried_elsewhere'";
    assert_eq!(server.sql(lines).await, "1", "the owner can read of it, once an hour");
}

/// A wrong access token neither hides a thief nor gives it information.
#[tokio::test]
async fn parent_from_elsewhere_with_a_wrong_access_token_waits_too() {
    let server = Server::start().await;
    let stolen = owner(&server).await;
    server.refresh_and_confirm(HOME, &stolen.refresh).await;
    let unchanged = state(&server).await;
    let body = json!({ "refreshToken": stolen.refresh, "accessToken": "garbage" });
    assert_must_wait(&server.post_from(THIEF, "/api/token/refresh", body).await);
    assert_eq!(state(&server).await, unchanged);
}

/// A limit of the rule, which docs/security.md explains.
#[tokio::test]
async fn thief_behind_the_nat_with_same_user_agent_gets_the_head() {
    let server = Server::start().await;
    let stolen = owner(&server).await;
    let head = server.refresh_and_confirm(HOME, &stolen.refresh).await;
    let behind_the_nat = Place::new(HOME.ip, FIREFOX);
    assert_eq!(server.refresh_from(behind_the_nat, &stolen.refresh).await.tokens().refresh, head.refresh);
}

/// A limit of the rule: a thief that always rotates first and does not use the new access token before the owner
/// refreshes. The owner's device list and security log show it.
#[tokio::test]
async fn thief_that_rotates_first_and_waits_is_logged() {
    let server = Server::start().await;
    let stolen = owner(&server).await;
    let thief = server.refresh_from(THIEF, &stolen.refresh).await.tokens();
    server.clock.advance(60 * SECOND);
    let owner = server.refresh_and_confirm(HOME, &stolen.refresh).await;
    assert_eq!(owner.refresh, thief.refresh, "an answer may have been lost");

    let listed = server.get_as(&owner.access, "/api/sessions").await.json();
    assert_eq!(listed[0]["lastUsedFrom"]["ip"], THIEF.ip);
    assert_eq!((&listed[0]["lastUsedFrom"]["networkDiffers"], &listed[0]["ip"]), (&true.into(), &HOME.ip.into()));
    let log = server.get_as(&owner.access, "/api/account/events").await.json();
    assert_eq!(log["events"][0]["kind"], "token_retried_elsewhere");

    // As soon as both have used it, the session ends.
    server.refresh_and_confirm(THIEF, &thief.refresh).await;
    server.clock.advance(60 * SECOND);
    server.refresh_from(HOME, &owner.refresh).await.refused("replayed");
}
