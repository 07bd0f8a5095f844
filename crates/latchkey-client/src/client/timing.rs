//! The age of the tokens of this tab, and the time of the next refresh.

use super::SessionClient;
use crate::{
    environment::Environment,
    freshness::{Sighting, TokenFreshness, freshness_at},
    record::Record,
};
use latchkey_wire::ApiError;

impl<E: Environment> SessionClient<E> {
    /// How fresh the record's access token is now.
    pub fn freshness(&self, record: &Record) -> TokenFreshness {
        freshness_at(self.age_ms(record), record.life_ms())
    }

    /// The remaining lifetime of the record's access token, in milliseconds.
    pub fn left_ms(&self, record: &Record) -> i64 {
        record.life_ms().saturating_sub(self.age_ms(record)).max(0)
    }

    /// The time since the record's tokens were received, as far as this device can tell, in milliseconds.
    pub(super) fn age_ms(&self, record: &Record) -> i64 {
        let (now_ms, wall_ms) = (self.environment().monotonic_ms(), self.environment().wall_ms());
        let mut known = self.0.sighting.borrow_mut();
        let sighting = Sighting::of(record, known.take(), now_ms, wall_ms);
        known.insert(sighting).age_at(now_ms, wall_ms)
    }

    /// How long an automatic try has to wait after a failed one, in milliseconds; `None` if it may be sent now.
    pub(super) fn backoff_ms(&self) -> Option<i64> {
        self.0.attempts.borrow().backoff.wait_ms(self.environment().monotonic_ms())
    }

    /// `None` while refreshing works; after several failures, whether the server has asked to wait.
    pub(super) fn trouble(&self) -> Option<bool> {
        let attempts = self.0.attempts.borrow();
        let is_asked_to_wait = || attempts.backoff.is_asked_to_wait(self.environment().monotonic_ms());
        attempts.backoff.is_worth_telling().then(is_asked_to_wait)
    }

    /// Allows the next try at once, but not sooner than the server has asked for, because the connection is back or the
    /// user asks for it.
    pub fn reset_backoff(&self) {
        self.0.attempts.borrow_mut().backoff.reset();
    }

    /// The last failure, while it is too soon for another try.
    pub(super) fn too_soon(&self) -> Option<ApiError> {
        self.0.attempts.borrow().too_soon(self.environment().monotonic_ms())
    }

    pub(super) fn record_failure(&self, error: ApiError, after_s: u32) {
        let stored = self.record().map(|record| record.refresh_token);
        let (now_ms, chance) = (self.environment().monotonic_ms(), self.environment().chance());
        self.0.attempts.borrow_mut().failed(error, stored, now_ms, after_s, chance);
    }

    /// Forgets the failures if they are of other tokens than the current ones, or if the tokens are gone.
    pub(super) fn forget_failures_of_old_tokens(&self) {
        let stored = self.record().map(|record| record.refresh_token);
        self.0.attempts.borrow_mut().forget_unless(stored.as_ref());
    }
}
