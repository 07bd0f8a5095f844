//! Exchanging the refresh token: one request a tab, one after the other among the tabs, and what each outcome means.
//!
//! Two tabs may send the same token at the same time if the browser has no locks or a tab has waited for too long. The
//! server gives both the same successor, so nothing here has to prevent that; [`reconcile`] decides
//! which answer is written.

use super::{
    backoff::Backoff,
    claims::UnverifiedClaims,
    device_clock,
    event_log::{self, ClientEvent, Why},
    lifecycle, lock, logout_queue,
    reconcile::{Action, StoredTokens, reconcile},
    seen::make_seen,
    session, storage,
    storage::{Place, Record},
    tabs,
};
use crate::sign_in::token;
use futures::future::{FutureExt, LocalBoxFuture, Shared};
use latchkey_wire::{ApiError, EndReason, RefreshToken};
use leptos::task::spawn_local;
use std::cell::RefCell;

/// How a refresh went, for its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This record is in the storage now, from this tab or another.
    Refreshed(Record),
    /// The session is over and this tab is a guest.
    Refused(EndReason),
    /// Undecided: still signed in with the old tokens, worth another try later.
    Failed(ApiError),
}

type InFlight = Shared<LocalBoxFuture<'static, Outcome>>;

thread_local! {
    /// The refresh under way in this tab, with the token that it presents.
    static IN_FLIGHT: RefCell<Option<(RefreshToken, InFlight)>> = const { RefCell::new(None) };
    static BACKOFF: RefCell<Backoff> = RefCell::default();
    static LAST_FAILURE: RefCell<Option<ApiError>> = const { RefCell::new(None) };
    /// The refresh token of the tries that have failed.
    static FAILED_WITH: RefCell<Option<RefreshToken>> = const { RefCell::new(None) };
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

/// How long an automatic try has to wait, in milliseconds; `None` if it may go out now.
pub fn wait_ms() -> Option<i64> {
    BACKOFF.with_borrow(|backoff| backoff.wait_ms(device_clock::monotonic_ms()))
}

/// Allows the next try at once, but not sooner than the server has asked for: the connection is back, or the user wants
/// it.
pub fn reset_backoff() {
    BACKOFF.with_borrow_mut(Backoff::reset);
}

/// Whether it has failed for so long that the user should know.
pub fn is_in_trouble() -> bool {
    BACKOFF.with_borrow(Backoff::is_worth_telling)
}

/// Whether the server has asked to wait, and that time is not over.
pub fn is_asked_to_wait() -> bool {
    BACKOFF.with_borrow(|backoff| backoff.is_asked_to_wait(device_clock::monotonic_ms()))
}

/// Waits so many seconds before the next request, because the server has asked another tab to.
pub fn apply_retry_after(after_s: u32) {
    record_failure(ApiError::Unavailable { retry_after: after_s }, after_s);
}

/// Forgets what has failed, if it failed with other tokens than those of now, or if there are none any more.
pub fn forget_failures_of_old_tokens() {
    let token = storage::read().map(|record| record.refresh_token);
    if FAILED_WITH.with_borrow(|failed| *failed != token) {
        BACKOFF.with_borrow_mut(Backoff::succeeded);
        LAST_FAILURE.set(None);
        FAILED_WITH.set(None);
    }
}

fn record_failure(error: ApiError, after_s: u32) {
    let now_ms = device_clock::monotonic_ms();
    BACKOFF.with_borrow_mut(|backoff| backoff.failed(now_ms, after_s, js_sys::Math::random()));
    LAST_FAILURE.set(Some(error));
    FAILED_WITH.set(storage::read().map(|record| record.refresh_token));
}

/// The last failure, while it is too soon for another try.
fn too_soon() -> Option<ApiError> {
    let is_allowed = BACKOFF.with_borrow(|backoff| backoff.allows(device_clock::monotonic_ms()));
    LAST_FAILURE.with_borrow(Clone::clone).filter(|_| !is_allowed)
}

/// The request that presents this token; a new one is sent if there is none.
fn join(stored: Record, why: Why) -> InFlight {
    IN_FLIGHT.with_borrow_mut(|slot| match slot {
        Some((token, request)) if *token == stored.refresh_token => request.clone(),
        _ => {
            let presented = stored.refresh_token.clone();
            let request = run(stored, why).boxed_local().shared();
            // Its answer must be handled even if every page that waits for it is left meanwhile.
            spawn_local(request.clone().map(drop));
            *slot = Some((presented, request.clone()));
            request
        }
    })
}

async fn run(record: Record, why: Why) -> Outcome {
    let presented = record.refresh_token.clone();
    let outcome = exchange(record, why).await;
    IN_FLIGHT.with_borrow_mut(|slot| {
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
    // The server may have asked the tab whose turn it was to wait.
    if let Some(failure) = too_soon() {
        return Outcome::Failed(failure);
    }
    // Without the access token, which is optional: the refresh token is enough.
    let answer = token::refresh(presented.clone().into(), None).await;
    let later_may_exist = match &answer {
        // A password change in another tab, whose answer is on its way.
        Err(ApiError::InvalidGrant(EndReason::PasswordChanged)) => true,
        // Once tokens are in use, the server gives them only to the client that received them: perhaps another tab.
        Err(ApiError::Unavailable { .. }) => may_be_behind,
        _ => false,
    };
    if later_may_exist {
        tabs::ask_for_later(&record).await;
    }
    let stored = match storage::read() {
        None if session::has_lost(&record) => StoredTokens::Lost,
        None => StoredTokens::Nothing,
        Some(stored) => StoredTokens::Record(Box::new(stored)),
    };
    match reconcile(answer, &presented, stored) {
        Action::Write(tokens) => {
            let after_refusal = why == Why::AfterRefusal;
            write(Record { after_refusal, ..Record::received_now(*tokens) }, why)
        }
        Action::Adopt(record) => adopt(*record),
        Action::StayGuest => stay_guest(),
        Action::Discard(refresh_token) => {
            logout_queue::send(refresh_token);
            stay_guest()
        }
        Action::End(reason) => {
            lifecycle::end(reason);
            Outcome::Refused(reason)
        }
        Action::Keep { error, after_s } => {
            record_failure(error.clone(), after_s);
            if after_s > 0 {
                tabs::broadcast_retry_after(&record, after_s);
            }
            event_log::record(ClientEvent::RefreshFailed(error.clone()));
            Outcome::Failed(error)
        }
    }
}

/// A lock for each session, so that the tabs of different users do not wait for each other.
pub(super) fn lock_name(record: &Record) -> String {
    let claims = UnverifiedClaims::of(&record.token);
    format!("latchkey.refresh.{}", claims.and_then(|claims| claims.session).unwrap_or_default())
}

/// Replaces the session's old tokens with new ones, here and in the other tabs.
pub(super) fn write(record: Record, why: Why) -> Outcome {
    storage::replace(record.clone());
    forget_failures_of_old_tokens();
    event_log::record(ClientEvent::Refreshed(why));
    if storage::place() != Some(Place::Local) {
        tabs::broadcast(&tabs::TabMessage::Tokens(Box::new(record.clone())));
    }
    session::sync();
    make_seen();
    Outcome::Refreshed(record)
}

fn adopt(record: Record) -> Outcome {
    forget_failures_of_old_tokens();
    event_log::record(ClientEvent::Adopted);
    session::sync();
    Outcome::Refreshed(record)
}

fn stay_guest() -> Outcome {
    session::sync();
    Outcome::Refused(EndReason::LoggedOut)
}
