//! What to do with the answer to a refresh: a pure rule, of the answer and of what the storage holds by now. Between
//! sending and landing the user may have logged out, a sibling may have been quicker, somebody else may have signed in.

use super::storage::Record;
use crate::transport::failure::Verdict;
use latchkey_wire::{ApiError, EndReason, Secret, Tokens};

/// What lies in the storage when a flight lands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    Record(Box<Record>),
    /// Nothing: the session is over for this tab.
    Nothing,
    /// Nothing, and nobody has said why. Another tab may hold the tokens.
    Lost,
}

/// What to do when a flight has landed.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
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
pub fn land(answer: Result<Tokens, ApiError>, presented: &Secret, stored: Stored) -> Step {
    match (stored, answer) {
        (Stored::Record(stored), _) if stored.refresh_token != *presented => Step::Adopt(stored),
        // Nobody could use them, and would ask for others at once.
        (Stored::Record(_), Ok(tokens)) if tokens.expires_in == 0 => {
            Step::Keep { error: ApiError::NotUnderstood, after_s: 0 }
        }
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
        let fresh = record("a.2.s", "lkr_2");
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
        land(answer, &secret("lkr_1"), stored)
    }

    #[test]
    fn fresh_tokens_replace_the_ones_presented() {
        let step = landing(Ok(tokens()), stored("a.1.s", "lkr_1"));
        assert_eq!(step, Step::Write(Box::new(tokens())));
    }

    #[test]
    fn tokens_that_live_for_no_time_are_a_failure() {
        let stillborn = Tokens { expires_in: 0, ..tokens() };
        let step = landing(Ok(stillborn), stored("a.1.s", "lkr_1"));
        assert_eq!(step, Step::Keep { error: ApiError::NotUnderstood, after_s: 0 });
    }

    #[test]
    fn after_a_logout_nothing_is_written_and_the_fresh_token_is_given_back() {
        assert_eq!(landing(Ok(tokens()), Stored::Nothing), Step::Discard(secret("lkr_2")));
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
        let newer = Box::new(record("a.3.s", "lkr_3"));
        for answer in [Ok(tokens()), Err(ApiError::InvalidGrant(EndReason::Replayed)), Err(ApiError::Unreachable)] {
            assert_eq!(landing(answer, Stored::Record(newer.clone())), Step::Adopt(newer.clone()));
        }
    }

    #[test]
    fn only_a_refused_token_ends_the_session() {
        let stored = || stored("a.1.s", "lkr_1");
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
