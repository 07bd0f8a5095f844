//! Exchanging the refresh token: one flight a tab, one after the other among the tabs, and what each outcome means.
//!
//! Other tabs may fly at the same time with the same token, where there are no locks or a tab has waited for too long. The
//! server gives both the same successor, so nothing here has to prevent that; it only has to take care whose answer is
//! written, which [`land`] does.

use super::{
    claims::Claims,
    clock,
    failure::Verdict,
    farewell,
    journal::{self, Deed, Why},
    lock, network,
    pace::Pace,
    session, storage,
    storage::{Place, Record},
    tabs,
};
use crate::api::{ApiError, Secret, error::EndReason, token, token::Tokens};
use futures::future::{FutureExt, LocalBoxFuture, Shared};
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
}

/// Gets fresh tokens for a caller that found `wanting` due or refused. Browser only.
///
/// Without a network nothing is sent. A try that comes too soon after a failed one, or sooner than the server has asked
/// for, fails like that one and sends nothing either.
pub async fn refresh(wanting: &Record, why: Why) -> Outcome {
    match storage::read() {
        None => stay_guest(),
        // Refreshed since the caller looked: there is nothing left to do.
        Some(stored) if stored.token != wanting.token => Outcome::Refreshed(stored),
        Some(_) if network::is_offline() => Outcome::Failed(ApiError::Unreachable),
        Some(stored) => {
            let too_soon = !PACE.with_borrow(|pace| pace.allows(clock::monotonic_ms()));
            match LAST_FAILURE.with_borrow(Clone::clone).filter(|_| too_soon) {
                Some(failure) => Outcome::Failed(failure),
                None => join(stored, why).await,
            }
        }
    }
}

/// How long to wait with a try that nobody is waiting for, in milliseconds; nothing if it may go out now.
pub fn wait_ms() -> Option<i64> {
    PACE.with_borrow(|pace| pace.wait_ms(clock::monotonic_ms()))
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

/// Forgets what has failed: the tokens are fresh, or there are none.
pub fn forget_failures() {
    PACE.with_borrow_mut(Pace::succeeded);
    LAST_FAILURE.set(None);
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
    if storage::place() != Some(Place::Local) || turn.as_ref().is_some_and(|turn| turn.had_to_wait) {
        tabs::ask_for_later(&record).await;
    }
    let presented = match storage::read() {
        None => return stay_guest(),
        Some(stored) if stored.refresh_token != record.refresh_token => return adopt(stored),
        Some(stored) => stored.refresh_token,
    };
    // The access token stays out: it is optional, and one whose signing key has been retired would be held against us.
    let answer = token::refresh(presented.clone(), None).await;
    let stored = match storage::read() {
        None if session::has_lost(&record) => Stored::Lost,
        None => Stored::Nothing,
        Some(stored) => Stored::Record(Box::new(stored)),
    };
    match land(answer, &presented, stored) {
        Step::Write(tokens) => write(Record::received_now(*tokens), why),
        Step::Adopt(record) => adopt(*record),
        Step::StayGuest => stay_guest(),
        Step::Discard(refresh_token) => {
            farewell::say(refresh_token);
            stay_guest()
        }
        Step::End(reason) => {
            session::end(reason);
            Outcome::Refused(reason)
        }
        Step::Keep { error, after_s } => {
            let now_ms = clock::monotonic_ms();
            PACE.with_borrow_mut(|pace| pace.failed(now_ms, after_s, js_sys::Math::random()));
            LAST_FAILURE.set(Some(error.clone()));
            journal::note(Deed::RefreshFailed(error.clone()));
            Outcome::Failed(error)
        }
    }
}

/// One a session, so that the tabs of different users do not wait for each other.
fn lock_name(record: &Record) -> String {
    let claims = Claims::of(&record.token);
    format!("latchkey.refresh.{}", claims.as_ref().and_then(Claims::session).unwrap_or_default())
}

fn write(record: Record, why: Why) -> Outcome {
    forget_failures();
    storage::replace(record.clone());
    journal::note(Deed::Refreshed(why));
    if storage::place() != Some(Place::Local) {
        tabs::tell(&tabs::Word::Tokens(Box::new(record.clone())));
    }
    session::sync();
    Outcome::Refreshed(record)
}

fn adopt(record: Record) -> Outcome {
    forget_failures();
    journal::note(Deed::Adopted);
    session::sync();
    Outcome::Refreshed(record)
}

fn stay_guest() -> Outcome {
    session::sync();
    Outcome::Refused(EndReason::LoggedOut)
}

/// What lies in the storage when a flight lands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stored {
    Record(Box<Record>),
    /// Nothing: the session is over for this tab.
    Nothing,
    /// Nothing, and nobody has said why. Another tab may hold the tokens.
    Lost,
}

/// What to do when a flight has landed.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Write(Box<Tokens>),
    /// The storage holds other tokens: a sibling was quicker, or somebody has signed in anew. They win.
    Adopt(Box<Record>),
    /// The user logged out during the flight, and stays so.
    StayGuest,
    /// The same, but the server has handed out tokens that nobody is going to hold.
    Discard(Secret),
    End(EndReason),
    Keep {
        error: ApiError,
        after_s: u32,
    },
}

/// The rule for a landing, with what the storage holds by now.
fn land(answer: Result<Tokens, ApiError>, presented: &Secret, stored: Stored) -> Step {
    match (stored, answer) {
        (Stored::Record(stored), _) if stored.refresh_token != *presented => Step::Adopt(stored),
        (Stored::Record(_), Ok(tokens)) => Step::Write(Box::new(tokens)),
        (Stored::Record(_), Err(error)) => match Verdict::from(&error) {
            Verdict::SignedOut(reason) => Step::End(reason),
            Verdict::TryLater { after_s } => Step::Keep { error, after_s },
        },
        (Stored::Nothing, Ok(tokens)) => Step::Discard(tokens.refresh_token),
        // Giving them back would end the session for whoever still has it.
        (Stored::Lost, Ok(_)) | (Stored::Nothing | Stored::Lost, Err(_)) => Step::StayGuest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::storage::tests::record;

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    fn tokens() -> Tokens {
        let fresh = record("access-2", "refresh-2");
        Tokens {
            token: fresh.token,
            refresh_token: fresh.refresh_token,
            token_type: "Bearer".to_owned(),
            expires_in: fresh.expires_in,
            expires_at: String::new(),
            refresh_token_expires_at: String::new(),
            user: fresh.user,
        }
    }

    fn stored(token: &str, refresh_token: &str) -> Stored {
        Stored::Record(Box::new(record(token, refresh_token)))
    }

    fn landing(answer: Result<Tokens, ApiError>, stored: Stored) -> Step {
        land(answer, &secret("refresh-1"), stored)
    }

    #[test]
    fn fresh_tokens_replace_the_ones_presented() {
        let step = landing(Ok(tokens()), stored("access-1", "refresh-1"));
        assert_eq!(step, Step::Write(Box::new(tokens())));
    }

    #[test]
    fn after_a_logout_nothing_is_written_and_the_fresh_token_is_given_back() {
        assert_eq!(landing(Ok(tokens()), Stored::Nothing), Step::Discard(secret("refresh-2")));
        assert_eq!(landing(Err(ApiError::Unreachable), Stored::Nothing), Step::StayGuest);
        assert_eq!(landing(Err(ApiError::InvalidGrant(EndReason::LoggedOut)), Stored::Nothing), Step::StayGuest);
    }

    #[test]
    fn tokens_that_another_tab_may_hold_are_not_given_back() {
        assert_eq!(landing(Ok(tokens()), Stored::Lost), Step::StayGuest);
        assert_eq!(landing(Err(ApiError::Unreachable), Stored::Lost), Step::StayGuest);
    }

    #[test]
    fn what_a_sibling_stored_wins_over_any_answer() {
        let newer = Box::new(record("access-3", "refresh-3"));
        for answer in [Ok(tokens()), Err(ApiError::InvalidGrant(EndReason::Replayed)), Err(ApiError::Unreachable)] {
            assert_eq!(landing(answer, Stored::Record(newer.clone())), Step::Adopt(newer.clone()));
        }
    }

    #[test]
    fn only_a_refused_token_ends_the_session() {
        let stored = || stored("access-1", "refresh-1");
        let refused = ApiError::InvalidGrant(EndReason::Expired);
        assert_eq!(landing(Err(refused), stored()), Step::End(EndReason::Expired));
        for error in [
            ApiError::Unreachable,
            ApiError::TimedOut,
            ApiError::NotUnderstood,
            ApiError::Internal,
            ApiError::InvalidRequest,
            ApiError::NotFound,
            ApiError::TooManyRequests { retry_after: 5 },
            ApiError::Unavailable { retry_after: 1 },
        ] {
            let after_s = error.retry_after().unwrap_or_default();
            assert_eq!(landing(Err(error.clone()), stored()), Step::Keep { error, after_s });
        }
    }
}
