//! Exchanging the refresh token: one flight a tab, and what each outcome means.
//!
//! Other tabs may fly at the same time with the same token. The server gives both the same successor, so nothing here
//! has to prevent that; it only has to take care whose answer is written, which [`decide`] does.

use super::{session, storage, storage::Record};
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
}

/// Gets fresh tokens for a caller that found `wanting` due or refused. Browser only.
pub async fn refresh(wanting: &Record) -> Outcome {
    match storage::read() {
        None => stay_guest(),
        Some(stored) if stored.token != wanting.token => adopt(stored),
        Some(stored) => join(stored.refresh_token).await,
    }
}

/// The flight that presents this token; a new one takes off if there is none.
fn join(presented: Secret) -> Flight {
    FLIGHT.with_borrow_mut(|slot| match slot {
        Some((token, flight)) if *token == presented => flight.clone(),
        _ => {
            let flight = fly(presented.clone()).boxed_local().shared();
            // It must land even if every page that waits for it is left meanwhile.
            spawn_local(flight.clone().map(drop));
            *slot = Some((presented, flight.clone()));
            flight
        }
    })
}

async fn fly(presented: Secret) -> Outcome {
    // The access token stays out: it is optional, and one whose signing key has been retired would be held against us.
    let answer = token::refresh(presented.clone(), None).await;
    FLIGHT.with_borrow_mut(|slot| {
        slot.take_if(|(token, _)| *token == presented);
    });
    match decide(answer, &presented, storage::read()) {
        Step::Write(tokens) => {
            let record = Record::received_now(*tokens);
            storage::replace(record.clone());
            adopt(record)
        }
        Step::Adopt(record) => adopt(*record),
        Step::StayGuest => stay_guest(),
        Step::Discard(refresh_token) => {
            session::revoke(refresh_token);
            stay_guest()
        }
        Step::End(reason) => {
            session::end(reason);
            Outcome::Refused(reason)
        }
        Step::Keep(error) => Outcome::Failed(error),
    }
}

fn adopt(record: Record) -> Outcome {
    session::sync();
    Outcome::Refreshed(record)
}

fn stay_guest() -> Outcome {
    session::sync();
    Outcome::Refused(EndReason::LoggedOut)
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
    Keep(ApiError),
}

/// The rule for a landing, with what the storage holds by now.
fn decide(answer: Result<Tokens, ApiError>, presented: &Secret, stored: Option<Record>) -> Step {
    match (stored, answer) {
        (Some(stored), _) if stored.refresh_token != *presented => Step::Adopt(Box::new(stored)),
        (Some(_), Ok(tokens)) => Step::Write(Box::new(tokens)),
        (Some(_), Err(ApiError::InvalidGrant(reason))) => Step::End(reason),
        (Some(_), Err(error)) => Step::Keep(error),
        (None, Ok(tokens)) => Step::Discard(tokens.refresh_token),
        (None, Err(_)) => Step::StayGuest,
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

    fn landing(answer: Result<Tokens, ApiError>, stored: Option<Record>) -> Step {
        decide(answer, &secret("refresh-1"), stored)
    }

    #[test]
    fn fresh_tokens_replace_the_ones_presented() {
        let step = landing(Ok(tokens()), Some(record("access-1", "refresh-1")));
        assert_eq!(step, Step::Write(Box::new(tokens())));
    }

    #[test]
    fn after_a_logout_nothing_is_written_and_the_fresh_token_is_given_back() {
        assert_eq!(landing(Ok(tokens()), None), Step::Discard(secret("refresh-2")));
        assert_eq!(landing(Err(ApiError::Unreachable), None), Step::StayGuest);
        assert_eq!(landing(Err(ApiError::InvalidGrant(EndReason::LoggedOut)), None), Step::StayGuest);
    }

    #[test]
    fn what_a_sibling_stored_wins_over_any_answer() {
        let newer = record("access-3", "refresh-3");
        for answer in [Ok(tokens()), Err(ApiError::InvalidGrant(EndReason::Replayed)), Err(ApiError::Unreachable)] {
            assert_eq!(landing(answer, Some(newer.clone())), Step::Adopt(Box::new(newer.clone())));
        }
    }

    #[test]
    fn only_a_refused_token_ends_the_session() {
        let stored = || Some(record("access-1", "refresh-1"));
        let refused = ApiError::InvalidGrant(EndReason::Expired);
        assert_eq!(landing(Err(refused), stored()), Step::End(EndReason::Expired));
        for error in [
            ApiError::Unreachable,
            ApiError::NotUnderstood,
            ApiError::Internal,
            ApiError::InvalidRequest,
            ApiError::NotFound,
            ApiError::TooManyRequests { retry_after: 5 },
            ApiError::Unavailable { retry_after: 1 },
        ] {
            assert_eq!(landing(Err(error.clone()), stored()), Step::Keep(error));
        }
    }
}
