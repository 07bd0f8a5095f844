//! Refreshes tokens ahead of expiry, by a timer and when the tab comes back into view, so that the user does not wait
//! for it.

use super::SessionClient;
use crate::{
    environment::Environment,
    event::{ClientEvent, RefreshReason},
    freshness::TokenFreshness,
    plan::{MIN_WAIT_MS, Plan, bounded, plan},
    record::Record,
    view::connection,
};
use futures::{
    channel::oneshot,
    future::{Either, select},
};
use std::pin::pin;

impl<E: Environment> SessionClient<E> {
    /// Tries again at once, at the user's request.
    pub fn try_now(&self) {
        self.reset_backoff();
        self.0.not_before_ms.set(0);
        self.check();
    }

    /// Refreshes now, even if the tokens are fresh. The result is in the event log.
    pub async fn refresh_manually(&self) {
        self.reset_backoff();
        if let Some(record) = self.record() {
            self.refresh(&record, RefreshReason::Manual).await;
        }
    }

    /// Marks the access token as expired in this browser; the server would still accept it.
    pub fn expire_here(&self) {
        if let Some(record) = self.record() {
            self.replace(Record { expires_in: 0, ..record });
            self.environment().log(ClientEvent::Expired);
            self.sync();
        }
    }

    /// The time until the next automatic refresh, in milliseconds; `None` while none is planned.
    pub fn next_refresh_in_ms(&self) -> Option<i64> {
        match self.plan(self.freshness(&self.record()?)) {
            Plan::Rest => None,
            Plan::Wait(ms) => Some(ms),
            Plan::Refresh => Some(0),
        }
    }

    fn plan(&self, freshness: TokenFreshness) -> Plan {
        let resting = self.environment().is_hidden() || self.environment().is_offline();
        // The timer waits after a failed try, and for a short time even after a successful one.
        let moment_ms = self.0.not_before_ms.get().saturating_sub(self.environment().monotonic_ms());
        plan(freshness, resting, self.backoff_ms().max(Some(moment_ms).filter(|ms| *ms > 0)))
    }

    /// Plans the next refresh.
    pub(super) fn check(&self) {
        self.0.timer.take();
        let record = self.record();
        let freshness = record.as_ref().map(|record| self.freshness(record));
        self.set_connection(connection(freshness, self.environment().is_offline(), self.trouble()));
        let (Some(record), Some(freshness)) = (record, freshness) else { return };
        match self.plan(freshness) {
            Plan::Rest => {}
            Plan::Wait(ms) => self.check_after(bounded(ms)),
            Plan::Refresh if self.0.is_trying.replace(true) => {}
            Plan::Refresh => self.environment().spawn(self.clone().attempt(record, freshness)),
        }
    }

    fn check_after(&self, wait_ms: u32) {
        let (timer, cancelled) = oneshot::channel();
        self.0.timer.set(Some(timer));
        self.environment().spawn(self.clone().check_unless(cancelled, wait_ms));
    }

    async fn check_unless(self, cancelled: oneshot::Receiver<()>, wait_ms: u32) {
        if let Either::Left(_) = select(pin!(self.environment().sleep(wait_ms)), cancelled).await {
            self.check();
        }
    }

    async fn attempt(self, record: Record, freshness: TokenFreshness) {
        // The result is in the storage and in the backoff.
        self.refresh(&record, if freshness.is_alive() { RefreshReason::Ahead } else { RefreshReason::Overdue }).await;
        self.0.is_trying.set(false);
        let now_ms = self.environment().monotonic_ms();
        self.0.not_before_ms.set(now_ms.saturating_add(i64::from(MIN_WAIT_MS)));
        self.check();
    }
}
