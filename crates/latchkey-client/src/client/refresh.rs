//! Exchanges the refresh token. A tab sends one request at a time, and tabs take turns.
//!
//! Two tabs may send the same token at the same time if the browser has no locks or a tab has waited for too long. This
//! is harmless, because the server gives both the same successor. [`reconcile`] decides which response is stored.

use super::SessionClient;
use crate::{
    environment::Environment,
    event::{ClientEvent, RefreshReason},
    message::TabMessage,
    outcome::{InFlight, Outcome},
    reconcile::{Action, StoredTokens, reconcile},
    record::{Place, Record},
};
use futures::future::FutureExt;
use latchkey_wire::{ApiError, EndReason};

impl<E: Environment> SessionClient<E> {
    /// Gets fresh tokens for a caller whose record `wanting` is due or was rejected.
    ///
    /// A try too soon after a failed one, or sooner than the server has asked for, returns the error of the failed one
    /// and sends no request.
    pub async fn refresh(&self, wanting: &Record, reason: RefreshReason) -> Outcome {
        match self.record() {
            None => self.stay_guest(),
            // The tokens have been refreshed since the caller read them.
            Some(stored) if stored.token != wanting.token => Outcome::Refreshed(stored),
            Some(stored) => match self.too_soon() {
                Some(failure) => Outcome::Failed(failure),
                None => self.join(stored, reason).await,
            },
        }
    }

    /// The request that presents this token; a new one is sent if there is none.
    fn join(&self, stored: Record, reason: RefreshReason) -> InFlight {
        let mut slot = self.0.in_flight.borrow_mut();
        match &*slot {
            Some((token, request)) if *token == stored.refresh_token => request.clone(),
            _ => {
                let presented = stored.refresh_token.clone();
                let request = self.clone().run(stored, reason).boxed_local().shared();
                // The response must be handled even if the user leaves every page that waits for it.
                self.environment().spawn(request.clone().map(drop));
                *slot = Some((presented, request.clone()));
                request
            }
        }
    }

    async fn run(self, record: Record, reason: RefreshReason) -> Outcome {
        let presented = record.refresh_token.clone();
        let outcome = self.exchange(record, reason).await;
        self.0.in_flight.borrow_mut().take_if(|(token, _)| *token == presented);
        outcome
    }

    async fn exchange(&self, record: Record, reason: RefreshReason) -> Outcome {
        let turn = self.turn(&record).await;
        // All tabs share the local storage, but this tab may get its turn before it sees what the previous tab has
        // stored. A record in the session storage or in memory may be an old copy.
        let may_be_behind = self.place() != Some(Place::Local) || turn.as_ref().is_some_and(|turn| turn.had_to_wait);
        if may_be_behind && self.too_soon().is_none() {
            self.ask_for_later(&record).await;
        }
        let presented = match self.record() {
            None => return self.stay_guest(),
            Some(stored) if stored.refresh_token != record.refresh_token => return self.adopt(stored),
            Some(stored) => stored.refresh_token,
        };
        // The server may have asked the tab with the previous turn to wait.
        if let Some(failure) = self.too_soon() {
            return Outcome::Failed(failure);
        }
        let answer = self.environment().refresh(presented.clone()).await;
        let later_may_exist = match &answer {
            // Another tab has changed the password and has not received the response yet.
            Err(ApiError::InvalidGrant(EndReason::PasswordChanged)) => true,
            // Once new tokens are in use, the server does not issue them again to another client, and another tab may
            // have them.
            Err(ApiError::Unavailable { .. }) => may_be_behind,
            _ => false,
        };
        if later_may_exist {
            self.ask_for_later(&record).await;
        }
        let stored = match self.record() {
            None if self.has_lost(&record) => StoredTokens::Lost,
            None => StoredTokens::Nothing,
            Some(stored) => StoredTokens::Record(Box::new(stored)),
        };
        match reconcile(answer, &presented, stored) {
            Action::Write(tokens) => {
                let after_refusal = reason == RefreshReason::AfterRefusal;
                self.write(Record { after_refusal, ..self.received(*tokens) }, reason)
            }
            Action::Adopt(record) => self.adopt(*record),
            Action::StayGuest => self.stay_guest(),
            Action::Discard(refresh_token) => {
                self.revoke(refresh_token);
                self.stay_guest()
            }
            Action::End(reason) => {
                self.end(reason);
                Outcome::Refused(reason)
            }
            Action::Keep { error, after_s } => {
                self.record_failure(error.clone(), after_s);
                if after_s > 0 {
                    self.broadcast_retry_after(&record, after_s);
                }
                self.environment().log(ClientEvent::RefreshFailed(error.clone()));
                Outcome::Failed(error)
            }
        }
    }

    /// Replaces the session's old tokens with new ones, in this tab and in the others.
    pub(super) fn write(&self, record: Record, reason: RefreshReason) -> Outcome {
        self.replace(record.clone());
        self.forget_failures_of_old_tokens();
        self.environment().log(ClientEvent::Refreshed(reason));
        if self.place() != Some(Place::Local) {
            self.broadcast(&TabMessage::Tokens(Box::new(record.clone())));
        }
        self.sync();
        self.make_seen();
        Outcome::Refreshed(record)
    }

    fn adopt(&self, record: Record) -> Outcome {
        self.forget_failures_of_old_tokens();
        self.environment().log(ClientEvent::Adopted);
        self.sync();
        Outcome::Refreshed(record)
    }

    fn stay_guest(&self) -> Outcome {
        self.sync();
        Outcome::Refused(EndReason::LoggedOut)
    }
}
