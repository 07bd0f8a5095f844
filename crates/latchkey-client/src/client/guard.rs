//! Decides whether a guard shows its content to the user of this tab.

use super::SessionClient;
use crate::{
    admission::{Admission, GuardStep, guard},
    environment::Environment,
    event::RefreshReason,
    outcome::Outcome,
    record::Record,
};

impl<E: Environment> SessionClient<E> {
    /// What a guard in the state `known` does now, and with which record; `None` for a guest. `asked_again` is whether
    /// the user asks to try again.
    pub fn guard(&self, known: &Admission, asked_again: bool) -> Option<(GuardStep, Record)> {
        let Some(record) = self.record() else {
            // The tokens may have disappeared without a logout, because the storage of this tab was cleared.
            self.sync();
            return None;
        };
        if asked_again {
            self.reset_backoff();
        }
        Some((guard(known, self.freshness(&record), asked_again), record))
    }

    /// Refreshes for a guard. `None` if the server has rejected the token, so that the user is a guest.
    pub async fn ask_for_guard(&self, record: &Record) -> Option<Admission> {
        match self.refresh(record, RefreshReason::Guard).await {
            Outcome::Refreshed(_) => Some(Admission::Pass),
            Outcome::Failed(error) => Some(Admission::Failed(error)),
            Outcome::Refused(_) => None,
        }
    }
}
