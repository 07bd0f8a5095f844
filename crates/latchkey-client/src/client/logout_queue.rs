//! Revokes a session at the server after the browser has deleted its tokens.
//!
//! The caller does not wait for the response. If the request fails, it is sent again while the page is open, a bounded
//! number of times; after that, the session ends by its idle lifetime. The token is kept in memory only, so the storage
//! is empty after a logout.

use super::SessionClient;
use crate::{backoff::Backoff, environment::Environment, failure::is_passing};
use futures::channel::oneshot;
use latchkey_wire::RefreshToken;

/// The highest number of requests for one session.
const TRIES: u32 = 6;

impl<E: Environment> SessionClient<E> {
    /// Ends the session of a refresh token that this browser no longer stores.
    pub(super) fn revoke(&self, refresh_token: RefreshToken) {
        self.environment().spawn(self.clone().revoke_until_answered(refresh_token));
    }

    async fn revoke_until_answered(self, refresh_token: RefreshToken) {
        let environment = self.environment();
        let mut told_the_user = false;
        let mut backoff = Backoff::default();
        for _ in 0..TRIES {
            let Err(error) = environment.revoke(refresh_token.clone()).await else { break };
            // The server has rejected the token, so its session has ended.
            if !is_passing(&error) {
                break;
            }
            if !told_the_user {
                self.add_pending_logout();
                told_the_user = true;
            }
            let after_s = error.retry_after().unwrap_or_default();
            backoff.failed(environment.monotonic_ms(), after_s, environment.chance());
            self.until_online().await;
            if let Some(wait_ms) = backoff.wait_ms(environment.monotonic_ms()) {
                environment.sleep(u32::try_from(wait_ms).unwrap_or(u32::MAX)).await;
            }
        }
        if told_the_user {
            self.remove_pending_logout();
        }
    }

    /// Returns at once if the device is online, otherwise when it is online again.
    async fn until_online(&self) {
        if self.environment().is_offline() {
            let (wake, woken) = oneshot::channel();
            self.0.waiting_for_network.borrow_mut().push(wake);
            // The sender is dropped only together with the page.
            let _ = woken.await;
        }
    }
}
