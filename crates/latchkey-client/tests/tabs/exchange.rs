//! What each outcome of a refresh does in the tab that asked.

use crate::network::{Fault, Request};
use crate::scene::{expired, failure, generation, is_guest, is_refreshed, refresh, refreshes, revoked};
use crate::walks::{call, log_in, log_out};
use crate::world::{Abilities, MODERN};
use latchkey_client::{ClientEvent, Outcome};
use latchkey_wire::{ApiError, EndReason};

#[test]
fn refreshed_tokens_are_stored_and_confirmed() {
    let world = expired(MODERN, 1, true);
    let outcome = refresh(&world, 0);
    world.advance(1_000);
    assert!(is_refreshed(&outcome));
    assert_eq!(generation(&world, 0), Some(1));
    let server = world.server.borrow();
    assert_eq!((server.sessions[0].head, server.sessions[0].seen), (1, 1));
}

#[test]
fn call_after_a_refresh_confirms_the_tokens_itself() {
    let world = expired(MODERN, 1, true);
    let before = world.count(|request| matches!(request, Request::Confirm(_)));
    call(&world, 0);
    world.advance(1_000);
    assert_eq!(world.server.borrow().sessions[0].seen, 1);
    assert_eq!(world.count(|request| matches!(request, Request::Confirm(_))), before);
}

#[test]
fn parallel_refreshes_of_one_tab_share_a_request() {
    // With locks, the second refresh would wait and then find the tokens of the first.
    let world = expired(Abilities { locks: false, channel: false }, 1, true);
    let outcomes = [refresh(&world, 0), refresh(&world, 0), refresh(&world, 0)];
    world.advance(1_000);
    assert!(outcomes.iter().all(is_refreshed));
    assert_eq!(refreshes(&world), 1);
}

#[test]
fn logout_during_a_refresh_stores_nothing_and_revokes() {
    let world = expired(MODERN, 1, true);
    world.faults.borrow_mut().push_back(Fault::Slow);
    let outcome = refresh(&world, 0);
    world.advance(500);
    assert_eq!(world.server.borrow().sessions[0].head, 1, "the server has answered");
    log_out(&world, 0);
    world.advance(30_000);
    assert_eq!(*outcome.borrow(), Some(Outcome::Refused(EndReason::LoggedOut)));
    assert!(is_guest(&world, 0) && world.local.borrow().is_none());
    assert_eq!(revoked(&world), ["lkr_0-0-0", "lkr_0-1-0"]);
}

#[test]
fn storage_cleared_during_refresh_signs_out_unrevoked() {
    let world = expired(MODERN, 1, true);
    world.faults.borrow_mut().push_back(Fault::Slow);
    let outcome = refresh(&world, 0);
    world.advance(500);
    world.clear(0);
    world.advance(3_000);
    assert_eq!(*outcome.borrow(), Some(Outcome::Refused(EndReason::LoggedOut)));
    assert!(is_guest(&world, 0) && world.tabs.borrow()[0].log.contains(&ClientEvent::Lost));
    assert_eq!(revoked(&world), [""; 0], "another tab may hold the tokens");
}

#[test]
fn sign_in_of_another_user_during_a_refresh_wins() {
    let world = expired(MODERN, 1, true);
    world.faults.borrow_mut().push_back(Fault::Slow);
    let outcome = refresh(&world, 0);
    world.advance(500);
    log_in(&world, 0, 1, true);
    world.advance(30_000);
    assert!(matches!(&*outcome.borrow(), Some(Outcome::Refreshed(record)) if record.user.id == "1"));
    assert_eq!(world.client(0).record().map(|record| record.user.id), Some("1".to_owned()));
}

#[test]
fn refused_token_ends_the_session_in_all_tabs_with_reason() {
    let world = expired(MODERN, 2, false);
    world.server.borrow_mut().sessions[0].ended = Some(EndReason::RevokedByAdmin);
    let outcome = refresh(&world, 0);
    world.advance(1_000);
    assert_eq!(*outcome.borrow(), Some(Outcome::Refused(EndReason::RevokedByAdmin)));
    for id in [0, 1] {
        assert!(is_guest(&world, id));
        assert_eq!(world.client(id).view().end_reason, Some(EndReason::RevokedByAdmin));
    }
    assert_eq!(refreshes(&world), 1, "the other tab received the tokens");
}

#[test]
fn temporary_failure_keeps_the_user_signed_in() {
    let faults = [Fault::Lost, Fault::Internal, Fault::Page, Fault::Busy(5), Fault::TooMany(5), Fault::Hangs];
    for fault in faults {
        let world = expired(MODERN, 1, true);
        world.faults.borrow_mut().push_back(fault);
        let outcome = refresh(&world, 0);
        world.advance(31_000);
        assert!(failure(&outcome).is_some(), "{fault:?}");
        assert_eq!(generation(&world, 0), Some(0), "{fault:?}");
        let again = refresh(&world, 0);
        world.advance(1_000);
        assert!(is_refreshed(&again), "{fault:?}");
    }
}

#[test]
fn retry_after_a_lost_response_gets_the_same_successor() {
    let world = expired(MODERN, 1, true);
    world.faults.borrow_mut().push_back(Fault::AnswerLost);
    let lost = refresh(&world, 0);
    world.advance(1_000);
    assert_eq!(failure(&lost), Some(ApiError::Unreachable));
    world.advance(3_600_000);
    let again = refresh(&world, 0);
    world.advance(1_000);
    assert!(is_refreshed(&again));
    assert_eq!(world.server.borrow().sessions[0].head, 1, "the same successor");
}

#[test]
fn refresh_within_a_second_of_a_failure_sends_nothing() {
    let world = expired(MODERN, 1, true);
    world.faults.borrow_mut().push_back(Fault::Lost);
    refresh(&world, 0);
    world.advance(500);
    let soon = refresh(&world, 0);
    world.advance(100);
    assert_eq!(failure(&soon), Some(ApiError::Unreachable));
    assert_eq!(refreshes(&world), 1);
}

#[test]
fn retry_after_applies_to_every_try_of_every_tab() {
    let world = expired(MODERN, 2, true);
    world.faults.borrow_mut().push_back(Fault::Busy(60));
    refresh(&world, 0);
    world.advance(1_000);
    let busy = ApiError::Unavailable { retry_after: 60 };
    for id in [0, 1] {
        world.client(id).try_now();
        let early = refresh(&world, id);
        world.advance(25_000);
        assert_eq!(failure(&early), Some(busy.clone()), "tab {id}");
    }
    assert_eq!(refreshes(&world), 1);
    world.advance(10_000);
    let later = refresh(&world, 1);
    world.advance(1_000);
    assert!(is_refreshed(&later));
}

#[test]
fn tokens_with_zero_lifetime_are_not_stored() {
    let world = expired(MODERN, 1, true);
    world.server.borrow_mut().access_life_s = 0;
    let outcome = refresh(&world, 0);
    world.advance(1_000);
    assert_eq!(failure(&outcome), Some(ApiError::NotUnderstood));
    assert_eq!(generation(&world, 0), Some(0));
}
