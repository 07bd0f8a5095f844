//! Owners whose requests look like a thief's stay signed in.

use super::{FIREFOX, HOME, SECOND, THIEF, assert_must_wait, owner};
use crate::support::{Place, Server};

/// Happy eyeballs: one browser reaches the server over both, and its tabs race. The second tab finds what the first has
/// stored.
#[tokio::test]
async fn two_tabs_over_ipv4_and_ipv6_stay_signed_in() {
    let server = Server::start().await;
    let mut stored = owner(&server).await;
    let tabs = [HOME, Place::new("2001:db8:7::1", FIREFOX)];
    for round in 0..6 {
        let (first, second) = (tabs[round % 2], tabs[(round + 1) % 2]);
        let parent = stored.refresh;
        stored = server.refresh_and_confirm(first, &parent).await;
        // It had read the storage before the first one wrote it: it reads it again, and goes on with what it finds there.
        assert_eq!(assert_must_wait(&server.refresh_from(second, &parent).await), 31);
        assert_eq!(server.me_from(second, &stored).await.status, 200);
        server.clock.advance(240 * SECOND);
    }
    assert_eq!(stored.claims()["gen"], 6);
    assert_eq!(server.refresh_from(tabs[1], &stored.refresh).await.status, 200);
}

#[tokio::test]
async fn proxy_that_changes_addresses_signs_no_user_out() {
    let server = Server::start().await;
    let mut tokens = owner(&server).await;
    let addresses: Vec<String> = (1..=12).map(|last| format!("203.0.113.{last}")).collect();
    let mut places = addresses.iter().map(|ip| Place::new(ip, FIREFOX)).cycle();
    for round in 0..12 {
        let parent = tokens.refresh.clone();
        tokens = server.refresh_from(places.next().unwrap(), &parent).await.tokens();
        if round % 3 == 0 {
            // The answer was lost, and the next try comes from another address.
            let again = server.refresh_from(places.next().unwrap(), &parent).await.tokens();
            assert_eq!(again.refresh, tokens.refresh);
            tokens = again;
        }
        assert_eq!(server.me_from(places.next().unwrap(), &tokens).await.status, 200);
        server.clock.advance(240 * SECOND);
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NOT NULL").await, "0");
}

#[tokio::test]
async fn browser_that_updates_its_user_agent_stays_signed_in() {
    let server = Server::start().await;
    let tokens = owner(&server).await;
    let tokens = server.refresh_and_confirm(HOME, &tokens.refresh).await;
    // Restarted within seconds, as a newer version.
    let updated =
        Place { user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"), ..HOME };
    assert_eq!(server.me_from(updated, &tokens).await.status, 200);
    // The old version had asked for new tokens as it was closed.
    let lost = server.refresh_from(HOME, &tokens.refresh).await.tokens();
    let again = server.refresh_and_confirm(updated, &tokens.refresh).await;
    assert_eq!(again.refresh, lost.refresh);
    assert_eq!(server.refresh_from(updated, &again.refresh).await.status, 200);
}

#[tokio::test]
async fn lost_answer_then_new_network_gets_the_same_head() {
    let server = Server::start().await;
    let tokens = owner(&server).await;
    let lost = server.refresh_from(HOME, &tokens.refresh).await.tokens();
    server.clock.advance(6 * 60 * 60 * SECOND);
    let train = Place::new("203.0.113.80", FIREFOX);
    assert_eq!(server.refresh_from(train, &tokens.refresh).await.tokens().refresh, lost.refresh);
}

#[tokio::test]
async fn ipv4_mapped_nat64_and_one_ipv6_prefix_are_one_network() {
    let same = [
        ["192.0.2.7", "::ffff:192.0.2.7", "64:ff9b::192.0.2.7", "64:ff9b::c000:207"],
        ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"],
    ];
    let server = Server::start().await;
    server.register("ada").await;
    for addresses in same {
        for rotating in addresses {
            let tokens = server.log_in_at("ada", HOME).await;
            let head = server.refresh_and_confirm(Place::new(rotating, FIREFOX), &tokens.refresh).await;
            for retrying in addresses {
                let again = server.refresh_from(Place::new(retrying, FIREFOX), &tokens.refresh).await;
                assert_eq!(again.tokens().refresh, head.refresh, "{rotating} {retrying}");
            }
            for other in ["192.0.2.8", "64:ff9b::192.0.2.8", "2001:db8:1:3::1"] {
                assert_must_wait(&server.refresh_from(Place::new(other, FIREFOX), &tokens.refresh).await);
            }
        }
    }
}

#[tokio::test]
async fn missing_user_agent_equals_a_missing_or_an_empty_one() {
    let server = Server::start().await;
    let tokens = owner(&server).await;
    let silent = Place { user_agent: None, ..HOME };
    let head = server.refresh_and_confirm(silent, &tokens.refresh).await;
    for user_agent in [None, Some("")] {
        let again = server.refresh_from(Place { user_agent, ..HOME }, &tokens.refresh).await;
        assert_eq!(again.tokens().refresh, head.refresh, "{user_agent:?}");
    }
    assert_must_wait(&server.refresh_from(HOME, &tokens.refresh).await);
}

#[tokio::test]
async fn row_without_network_tolerates_any_place_until_rotated() {
    let server = Server::start().await;
    let first = owner(&server).await;
    let second = server.refresh_and_confirm(HOME, &first.refresh).await;
    server.tamper("UPDATE sessions SET rotated_ip = NULL, rotated_network = NULL, rotated_user_agent = NULL").await;
    assert_eq!(server.refresh_from(THIEF, &first.refresh).await.tokens().refresh, second.refresh);

    server.refresh_and_confirm(HOME, &second.refresh).await;
    assert_must_wait(&server.refresh_from(THIEF, &second.refresh).await);
}
