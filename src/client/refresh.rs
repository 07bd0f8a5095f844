//! Exchanging the refresh token: one flight a tab, one after the other among the tabs, and what each outcome means.
//!
//! Other tabs may fly at the same time with the same token, where there are no locks or a tab has waited for too long. The
//! server gives both the same successor, so nothing here has to prevent that; it only has to take care whose answer is
//! written, which [`land`](super::landing::land) does.

use super::{
    claims::Claims,
    device_clock, farewell,
    journal::{self, Deed, Why},
    landing::{Step, Stored, land},
    lifecycle, lock,
    pace::Pace,
    seen::make_seen,
    session, storage,
    storage::{Place, Record},
    tabs,
};
use crate::sign_in::token;
use futures::future::{FutureExt, LocalBoxFuture, Shared};
use latchkey_wire::{ApiError, EndReason, Secret};
use leptos::task::spawn_local;
use std::cell::RefCell;

/// How a refresh went, for the one who needed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This record is in the storage now, by our own doing or a sibling's.
    Refreshed(Record),
    /// The session is over and this tab is a guest.
    Refused(EndReason),
    /// No verdict: still signed in with the old tokens, worth another try later.
    Failed(ApiError),
}

type Flight = Shared<LocalBoxFuture<'static, Outcome>>;

thread_local! {
    /// The refresh under way in this tab, with the token that it presents.
    static FLIGHT: RefCell<Option<(Secret, Flight)>> = const { RefCell::new(None) };
    static PACE: RefCell<Pace> = RefCell::default();
    static LAST_FAILURE: RefCell<Option<ApiError>> = const { RefCell::new(None) };
    /// The refresh token of the tries that have failed.
    static FAILED_WITH: RefCell<Option<Secret>> = const { RefCell::new(None) };
}

/// Gets fresh tokens for a caller that found `wanting` due or refused. Browser only.
///
/// A try that comes too soon after a failed one, or sooner than the server has asked for, fails like that one and sends
/// nothing.
pub async fn refresh(wanting: &Record, why: Why) -> Outcome {
    match storage::read() {
        None => stay_guest(),
        // Refreshed since the caller looked: there is nothing left to do.
        Some(stored) if stored.token != wanting.token => Outcome::Refreshed(stored),
        Some(stored) => match too_soon() {
            Some(failure) => Outcome::Failed(failure),
            None => join(stored, why).await,
        },
    }
}

/// How long to wait with a try that nobody is waiting for, in milliseconds; nothing if it may go out now.
pub fn wait_ms() -> Option<i64> {
    PACE.with_borrow(|pace| pace.wait_ms(device_clock::monotonic_ms()))
}

/// Allows the next try at once, but not sooner than the server has asked for: the connection is back, or the user wants
/// it.
pub fn hurry() {
    PACE.with_borrow_mut(Pace::hurry);
}

/// Whether it has failed for so long that the user should know.
pub fn is_in_trouble() -> bool {
    PACE.with_borrow(Pace::is_worth_telling)
}

/// Whether the server has asked to be left in peace, and that time is not over.
pub fn is_asked_to_wait() -> bool {
    PACE.with_borrow(|pace| pace.is_asked_to_wait(device_clock::monotonic_ms()))
}

/// Leaves the server in peace for so many seconds, because it has asked another tab for it.
pub fn heed(after_s: u32) {
    note_failure(ApiError::Unavailable { retry_after: after_s }, after_s);
}

/// Forgets what has failed, if it failed with other tokens than those of now, or if there are none any more.
pub fn forget_failures_of_old_tokens() {
    let token = storage::read().map(|record| record.refresh_token);
    if FAILED_WITH.with_borrow(|failed| *failed != token) {
        PACE.with_borrow_mut(Pace::succeeded);
        LAST_FAILURE.set(None);
        FAILED_WITH.set(None);
    }
}

fn note_failure(error: ApiError, after_s: u32) {
    let now_ms = device_clock::monotonic_ms();
    PACE.with_borrow_mut(|pace| pace.failed(now_ms, after_s, js_sys::Math::random()));
    LAST_FAILURE.set(Some(error));
    FAILED_WITH.set(storage::read().map(|record| record.refresh_token));
}

/// The last failure, while it is too soon for another try.
fn too_soon() -> Option<ApiError> {
    let is_allowed = PACE.with_borrow(|pace| pace.allows(device_clock::monotonic_ms()));
    LAST_FAILURE.with_borrow(Clone::clone).filter(|_| !is_allowed)
}

/// The flight that presents this token; a new one takes off if there is none.
fn join(stored: Record, why: Why) -> Flight {
    FLIGHT.with_borrow_mut(|slot| match slot {
        Some((token, flight)) if *token == stored.refresh_token => flight.clone(),
        _ => {
            let presented = stored.refresh_token.clone();
            let flight = fly(stored, why).boxed_local().shared();
            // It must land even if every page that waits for it is left meanwhile.
            spawn_local(flight.clone().map(drop));
            *slot = Some((presented, flight.clone()));
            flight
        }
    })
}

async fn fly(record: Record, why: Why) -> Outcome {
    let presented = record.refresh_token.clone();
    let outcome = exchange(record, why).await;
    FLIGHT.with_borrow_mut(|slot| {
        slot.take_if(|(token, _)| *token == presented);
    });
    outcome
}

async fn exchange(record: Record, why: Why) -> Outcome {
    let turn = lock::turn(&lock_name(&record)).await;
    // The local storage is the same for all tabs, though a turn may come sooner than what was stored in the one before;
    // what lies elsewhere may have been copied with its tab.
    let may_be_behind = storage::place() != Some(Place::Local) || turn.as_ref().is_some_and(|turn| turn.had_to_wait);
    if may_be_behind && too_soon().is_none() {
        tabs::ask_for_later(&record).await;
    }
    let presented = match storage::read() {
        None => return stay_guest(),
        Some(stored) if stored.refresh_token != record.refresh_token => return adopt(stored),
        Some(stored) => stored.refresh_token,
    };
    // The one whose turn it was may have been asked for patience.
    if let Some(failure) = too_soon() {
        return Outcome::Failed(failure);
    }
    // The access token stays out: it is optional, and one whose signing key has been retired would be held against us.
    let answer = token::refresh(presented.clone(), None).await;
    let later_may_exist = match &answer {
        // A password change in another tab, whose answer is on its way.
        Err(ApiError::InvalidGrant(EndReason::PasswordChanged)) => true,
        // The server hands out tokens that are in use already to those only who got them before.
        Err(ApiError::Unavailable { .. }) => may_be_behind,
        _ => false,
    };
    if later_may_exist {
        tabs::ask_for_later(&record).await;
    }
    let stored = match storage::read() {
        None if session::has_lost(&record) => Stored::Lost,
        None => Stored::Nothing,
        Some(stored) => Stored::Record(Box::new(stored)),
    };
    match land(answer, &presented, stored) {
        Step::Write(tokens) => {
            let after_refusal = why == Why::AfterRefusal;
            write(Record { after_refusal, ..Record::received_now(*tokens) }, why)
        }
        Step::Adopt(record) => adopt(*record),
        Step::StayGuest => stay_guest(),
        Step::Discard(refresh_token) => {
            farewell::say(refresh_token);
            stay_guest()
        }
        Step::End(reason) => {
            lifecycle::end(reason);
            Outcome::Refused(reason)
        }
        Step::Keep { error, after_s } => {
            note_failure(error.clone(), after_s);
            if after_s > 0 {
                tabs::tell_patience(&record, after_s);
            }
            journal::note(Deed::RefreshFailed(error.clone()));
            Outcome::Failed(error)
        }
    }
}

/// One a session, so that the tabs of different users do not wait for each other.
pub(super) fn lock_name(record: &Record) -> String {
    let claims = Claims::of(&record.token);
    format!("latchkey.refresh.{}", claims.and_then(|claims| claims.session).unwrap_or_default())
}

/// Puts the session's new tokens in the place of the old ones, here and in the other tabs.
pub(super) fn write(record: Record, why: Why) -> Outcome {
    storage::replace(record.clone());
    forget_failures_of_old_tokens();
    journal::note(Deed::Refreshed(why));
    if storage::place() != Some(Place::Local) {
        tabs::tell(&tabs::Word::Tokens(Box::new(record.clone())));
    }
    session::sync();
    make_seen();
    Outcome::Refreshed(record)
}

fn adopt(record: Record) -> Outcome {
    forget_failures_of_old_tokens();
    journal::note(Deed::Adopted);
    session::sync();
    Outcome::Refreshed(record)
}

fn stay_guest() -> Outcome {
    session::sync();
    Outcome::Refused(EndReason::LoggedOut)
}
