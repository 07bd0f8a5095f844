//! Whether the user of this tab may see what is guarded.

use super::SessionClient;
use crate::{
    admission::{Admission, GuardStep, guard},
    environment::Environment,
    event::Why,
    outcome::Outcome,
    record::Record,
};

impl<E: Environment> SessionClient<E> {
    /// What a guard that knows `known` does now, and with which record; `asked_again` if the user wants to know once more.
    /// Nothing for a guest.
    pub fn guard(&self, known: &Admission, asked_again: bool) -> Option<(GuardStep, Record)> {
        let Some(record) = self.record() else {
            // The tokens are gone without a logout: the storage of this very tab was cleared.
            self.sync();
            return None;
        };
        if asked_again {
            self.reset_backoff();
        }
        Some((guard(known, self.freshness(&record), asked_again), record))
    }

    /// Refreshes for a guard. Nothing if the server has refused: that makes a guest.
    pub async fn ask_for_guard(&self, record: &Record) -> Option<Admission> {
        match self.refresh(record, Why::Guard).await {
            Outcome::Refreshed(_) => Some(Admission::Pass),
            Outcome::Failed(error) => Some(Admission::Failed(error)),
            Outcome::Refused(_) => None,
        }
    }
}
