//! Cooperation of the tabs of one browser.

use crate::network::{Fault, Request};
use crate::scene::{expired, generation, is_guest, is_refreshed, refresh, refreshes, signed_in};
use crate::walks::{change_password, log_in, log_out};
use crate::world::{Abilities, MODERN, World};
use latchkey_client::{ClientEvent, Outcome};
use latchkey_wire::EndReason;
use std::rc::Rc;

#[test]
fn tabs_sharing_a_lock_make_one_request() {
    let world = expired(MODERN, 5, true);
    let outcomes: Vec<_> = (0..5).map(|id| refresh(&world, id)).collect();
    world.advance(5_000);
    assert!(outcomes.iter().all(is_refreshed));
    assert_eq!(refreshes(&world), 1);
}

#[test]
fn duplicated_tabs_sharing_a_lock_make_one_request() {
    let world = expired(MODERN, 5, false);
    let outcomes: Vec<_> = (0..5).map(|id| refresh(&world, id)).collect();
    world.advance(5_000);
    assert!(outcomes.iter().all(is_refreshed));
    assert_eq!(refreshes(&world), 1);
}

#[test]
fn tab_with_lagging_storage_asks_others_for_the_tokens() {
    let world = expired(MODERN, 2, true);
    world.local_lags.set(true);
    let outcomes = [refresh(&world, 0), refresh(&world, 1)];
    world.advance(5_000);
    assert!(outcomes.iter().all(is_refreshed));
    assert_eq!(refreshes(&world), 1);
}

#[test]
fn tabs_without_locks_get_the_same_successor() {
    let world = expired(Abilities { locks: false, channel: false }, 2, true);
    let outcomes = [refresh(&world, 0), refresh(&world, 1)];
    world.advance(5_000);
    assert!(outcomes.iter().all(is_refreshed));
    assert_eq!(world.server.borrow().sessions[0].refreshes, [2, 0]);
    assert_eq!(generation(&world, 1), Some(1));
}

#[test]
fn tab_waits_five_seconds_for_the_lock() {
    let world = expired(MODERN, 2, true);
    world.faults.borrow_mut().push_back(Fault::Hangs);
    let first = refresh(&world, 0);
    world.settle();
    let second = refresh(&world, 1);
    world.advance(4_900);
    assert_eq!(refreshes(&world), 1);
    world.advance(500);
    assert!(is_refreshed(&second) && first.borrow().is_none());
    world.advance(30_000);
    assert!(is_refreshed(&first), "the first adopts what the second has stored");
    assert_eq!(generation(&world, 0), Some(1));
}

#[test]
fn closed_tab_releases_the_lock() {
    let world = expired(MODERN, 2, true);
    world.faults.borrow_mut().push_back(Fault::Hangs);
    refresh(&world, 0);
    world.settle();
    let second = refresh(&world, 1);
    world.advance(100);
    world.close(0);
    world.advance(1_000);
    assert!(is_refreshed(&second));
}

#[test]
fn duplicated_tab_asks_for_later_tokens_before_refreshing() {
    let world = expired(MODERN, 2, false);
    refresh(&world, 0);
    world.advance(200);
    // The message with the new tokens is lost.
    world.tabs.borrow_mut()[1].messages.clear();
    let second = refresh(&world, 1);
    world.advance(1_000);
    assert!(is_refreshed(&second));
    assert_eq!((refreshes(&world), generation(&world, 1)), (1, Some(1)));
}

/// The second of two duplicates has missed the first one's new tokens, and the first cannot answer until the request of
/// the second is under way.
fn unanswered(prepare: impl Fn(&Rc<World>)) -> (Rc<World>, Option<Outcome>) {
    let world = expired(MODERN, 2, false);
    world.tabs.borrow_mut()[1].is_frozen = true;
    prepare(&world);
    world.tabs.borrow_mut()[1].messages.clear();
    (world.tabs.borrow_mut()[0].is_frozen, world.tabs.borrow_mut()[1].is_frozen) = (true, false);
    let before = refreshes(&world);
    world.faults.borrow_mut().push_back(Fault::Slow);
    let second = refresh(&world, 1);
    world.advance(300);
    assert_eq!(refreshes(&world), before + 1, "no tab has answered");
    // The first request for tokens is lost, so the tab must repeat it.
    world.tabs.borrow_mut()[0].messages.clear();
    world.tabs.borrow_mut()[0].is_frozen = false;
    world.advance(30_000);
    let outcome = second.take();
    (world, outcome)
}

#[test]
fn duplicated_tab_answered_503_asks_other_tabs_again() {
    let (world, outcome) = unanswered(|world| {
        refresh(world, 0);
        world.advance(1_000);
        // Elsewhere, the parent of a generation that was seen is not exchanged.
        world.place.set(1);
    });
    assert!(matches!(outcome, Some(Outcome::Refreshed(_))), "{outcome:?}");
    assert_eq!(generation(&world, 1), Some(1));
    assert_eq!(world.server.borrow().sessions[0].ended, None);
}

#[test]
fn tab_refused_for_password_change_asks_other_tabs_again() {
    let (world, outcome) = unanswered(|world| {
        refresh(world, 0);
        world.advance(1_000);
        change_password(world, 0);
        world.advance(1_000);
    });
    assert!(matches!(outcome, Some(Outcome::Refreshed(_))), "{outcome:?}");
    assert!(!is_guest(&world, 1));
    assert_eq!(generation(&world, 1), generation(&world, 0));
}

#[test]
fn restored_duplicate_of_a_closed_tab_counts_as_replay() {
    let world = expired(MODERN, 2, false);
    let old = world.tabs.borrow()[1].session.clone();
    world.close(1);
    for _ in 0..2 {
        refresh(&world, 0);
        world.advance(60_000);
        world.advance(240_000);
    }
    world.close(0);
    let restored = world.open(old);
    world.advance(1_000);
    assert!(is_guest(&world, restored));
    assert_eq!(world.client(restored).view().end_reason, Some(EndReason::Replayed));
}

#[test]
fn full_storage_moves_the_tokens_to_memory() {
    let world = expired(MODERN, 2, true);
    world.local_is_full.set(true);
    refresh(&world, 0);
    world.advance(1_000);
    assert!(world.local.borrow().is_none(), "the old tokens would look stolen");
    for id in [0, 1] {
        assert_eq!(generation(&world, id), Some(1), "tab {id}");
        assert!(world.client(id).view().in_memory, "tab {id}");
    }
}

#[test]
fn sign_in_over_a_session_revokes_it_in_all_tabs() {
    let world = signed_in(MODERN, 2, false, Vec::new());
    log_in(&world, 0, 1, false);
    world.advance(1_000);
    assert!(is_guest(&world, 1));
    assert_eq!(world.server.borrow().sessions[0].ended, Some(EndReason::LoggedOut));
    assert_eq!(world.client(0).record().map(|record| record.user.id), Some("1".to_owned()));
}

#[test]
fn logged_out_tab_stays_guest_until_a_new_sign_in() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    log_in(&world, 0, 1, false);
    world.advance(1_000);
    log_out(&world, 0);
    world.advance(1_000);
    assert!(is_guest(&world, 0), "the other user's session is not taken unasked");
    let other = world.open(None);
    log_out(&world, other);
    log_in(&world, other, 0, true);
    world.advance(1_000);
    assert!(!is_guest(&world, 0));
}

#[test]
fn refresh_during_a_password_change_adopts_its_tokens() {
    let world = signed_in(MODERN, 2, true, Vec::new());
    world.tabs.borrow_mut().iter_mut().for_each(|tab| tab.is_hidden = true);
    world.faults.borrow_mut().push_back(Fault::Slow);
    change_password(&world, 0);
    world.advance(500);
    let second = refresh(&world, 1);
    world.advance(4_000);
    assert!(is_refreshed(&second));
    assert_eq!(refreshes(&world), 0);
    assert!(world.tabs.borrow()[1].log.contains(&ClientEvent::Adopted));
    assert_eq!(world.count(|request| matches!(request, Request::ChangePassword(_))), 1);
}
