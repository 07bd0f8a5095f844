//! How many requests there are, and when.

use crate::network::{Fault, Request, send};
use crate::scene::{expired, generation, is_guest, is_refreshed, refresh, refreshes, revoked, run, signed_in};
use crate::walks::{call, change_password, log_out, set_offline};
use crate::world::{MODERN, World};
use latchkey_client::{Change, ClientEvent, Connection};
use latchkey_wire::{ApiError, EndReason, TokenError};
use std::rc::Rc;

#[test]
fn ten_minutes_without_server_cause_eleven_tries_per_page() {
    for (tabs, remember) in [(1, true), (2, true), (2, false)] {
        let world = signed_in(MODERN, tabs, remember, Vec::new());
        world.advance(260_000);
        world.faults.borrow_mut().extend(vec![Fault::Lost; 1_000]);
        world.advance(8_000);
        assert_eq!(refreshes(&world), 0);
        world.advance(600_000);
        let tries = refreshes(&world);
        assert!((9 * tabs..=11 * tabs).contains(&tries), "{tries} tries of {tabs} tabs");
        for id in 0..tabs {
            assert_eq!(world.client(id).view().connection, Connection::Reconnecting);
        }
        world.faults.borrow_mut().clear();
        world.advance(180_000);
        assert_eq!(generation(&world, tabs - 1), Some(1));
        assert_eq!(world.client(0).view().connection, Connection::Fine);
    }
}

#[test]
fn timer_refreshes_thirty_seconds_before_expiry() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    world.advance(268_000);
    assert_eq!(refreshes(&world), 0);
    world.advance(2_000);
    assert_eq!(refreshes(&world), 1);
}

#[test]
fn hidden_tab_refreshes_when_it_becomes_visible() {
    let world = expired(MODERN, 1, true);
    world.tabs.borrow_mut()[0].is_hidden = false;
    world.client(0).sync();
    world.advance(100);
    assert_eq!(refreshes(&world), 1);
}

#[test]
fn offline_tab_refreshes_when_the_network_returns() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    set_offline(&world, true);
    world.advance(600_000);
    assert_eq!((refreshes(&world), world.client(0).view().connection), (0, Connection::Offline));
    set_offline(&world, false);
    world.advance(100);
    assert_eq!((refreshes(&world), world.client(0).view().connection), (1, Connection::Fine));
}

#[test]
fn token_expired_during_sleep_is_refreshed_after_it() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    world.sleep_device(3_600_000);
    world.client(0).sync();
    world.advance(100);
    assert_eq!(refreshes(&world), 1);
}

#[test]
fn refused_call_is_retried_once_with_fresh_tokens() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    world.faults.borrow_mut().push_back(Fault::TokenRefused);
    call(&world, 0);
    world.advance(1_000);
    assert_eq!((calls(&world), refreshes(&world)), (2, 1));
    assert!(world.tabs.borrow()[0].log.contains(&ClientEvent::CallRetried));
}

#[test]
fn tokens_refused_after_refresh_are_kept_for_a_minute() {
    let world = signed_in(MODERN, 2, true, Vec::new());
    for id in [0, 1, 0, 1] {
        world.faults.borrow_mut().extend([Fault::TokenRefused, Fault::None, Fault::TokenRefused, Fault::None]);
        call(&world, id);
        world.advance(5_000);
        world.faults.borrow_mut().clear();
    }
    assert_eq!((calls(&world), refreshes(&world)), (5, 1));
    world.advance(60_000);
    world.faults.borrow_mut().push_back(Fault::TokenRefused);
    call(&world, 0);
    world.advance(1_000);
    assert_eq!((calls(&world), refreshes(&world)), (7, 2));
}

#[test]
fn call_with_live_token_succeeds_despite_failed_refresh() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    world.tabs.borrow_mut()[0].is_hidden = true;
    world.advance(280_000);
    world.faults.borrow_mut().push_back(Fault::Lost);
    call(&world, 0);
    world.advance(1_000);
    assert_eq!((calls(&world), refreshes(&world)), (1, 1));
}

#[test]
fn call_of_a_guest_sends_nothing() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    world.clear(0);
    let sender = Rc::clone(&world);
    let answer = run(&world, 0, |client| async move {
        client
            .call(|token| {
                let world = Rc::clone(&sender);
                async move { send(&world, Request::Call(token)).await }
            })
            .await
            .map(drop)
    });
    world.advance(1_000);
    assert_eq!(answer.take(), Some(Err(ApiError::InvalidToken(TokenError::SessionEnded))));
    assert!(is_guest(&world, 0));
    assert_eq!(calls(&world), 0);
}

#[test]
fn logout_is_sent_six_times_at_most() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    world.faults.borrow_mut().extend(vec![Fault::Lost; 20]);
    log_out(&world, 0);
    world.advance(500);
    assert!(is_guest(&world, 0));
    assert_eq!(world.client(0).view().pending_logouts, 1);
    world.advance(600_000);
    assert_eq!(revoked(&world).len(), 6);
    assert_eq!(world.client(0).view().pending_logouts, 0);
}

#[test]
fn offline_logout_is_sent_when_the_network_returns() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    set_offline(&world, true);
    log_out(&world, 0);
    world.advance(600_000);
    assert_eq!(revoked(&world).len(), 1);
    set_offline(&world, false);
    world.advance(10_000);
    assert_eq!(world.server.borrow().sessions[0].ended, Some(EndReason::LoggedOut));
    assert_eq!(world.client(0).view().pending_logouts, 0);
}

/// The result of a password change with these faults, as the form receives it.
fn changed(faults: &[Fault]) -> (Rc<World>, Option<Result<Change, ApiError>>) {
    let world = signed_in(MODERN, 1, true, Vec::new());
    world.faults.borrow_mut().extend(faults);
    let change = change_password(&world, 0);
    world.advance(40_000);
    let result = change.take();
    (world, result)
}

#[test]
fn password_change_stores_the_new_tokens() {
    let (world, result) = changed(&[]);
    assert_eq!((result, generation(&world, 0)), (Some(Ok(Change::Done)), Some(1)));
    assert_eq!(world.server.borrow().sessions[0].seen, 1);
}

#[test]
fn password_change_with_lost_response_reports_unknown() {
    let (world, result) = changed(&[Fault::AnswerLost]);
    assert_eq!(result, Some(Ok(Change::Unknown)));
    assert!(is_guest(&world, 0));
    assert_eq!(world.client(0).view().end_reason, Some(EndReason::PasswordMayBeChanged));
}

#[test]
fn password_change_that_never_arrived_is_an_error() {
    let (world, result) = changed(&[Fault::Lost]);
    assert_eq!((result, generation(&world, 0)), (Some(Err(ApiError::Unreachable)), Some(1)));
}

#[test]
fn password_change_without_response_keeps_the_user() {
    let (world, result) = changed(&[Fault::Hangs, Fault::Lost]);
    assert_eq!(result, Some(Ok(Change::Unknown)));
    assert!(!is_guest(&world, 0));
}

#[test]
fn logout_during_a_password_change_revokes_the_new_token() {
    let world = signed_in(MODERN, 1, true, Vec::new());
    world.faults.borrow_mut().push_back(Fault::Slow);
    change_password(&world, 0);
    world.advance(500);
    log_out(&world, 0);
    world.advance(30_000);
    assert_eq!(revoked(&world), ["lkr_0-0-0", "lkr_0-1-1"]);
    assert_eq!(world.server.borrow().sessions[0].ended, Some(EndReason::LoggedOut));
    assert!(world.local.borrow().is_none());
}

#[test]
fn refresh_after_new_sign_in_ignores_earlier_failures() {
    let world = expired(MODERN, 2, true);
    world.faults.borrow_mut().push_back(Fault::TooMany(3_000));
    refresh(&world, 0);
    world.advance(1_000);
    world.client(1).sign_in(world.server.borrow_mut().log_in(0, 0, world.server_ms()), true);
    world.history.borrow_mut().logged_out.insert(0);
    world.advance(1_000);
    let again = refresh(&world, 0);
    world.advance(1_000);
    assert!(is_refreshed(&again));
}

fn calls(world: &World) -> usize {
    world.count(|request| matches!(request, Request::Call(_)))
}
