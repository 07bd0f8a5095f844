//! Revokes a session at the server after the browser has deleted its tokens.
//!
//! The caller does not wait for the answer. If the request does not arrive, it is sent again while the page is open, a
//! bounded number of times; after that the session ends by its idle lifetime. The token is kept in memory only: after a
//! logout nothing is left in the storage.

use super::{backoff::Backoff, device_clock, network, session};
use crate::{sign_in::token, transport::failure::is_passing};
use gloo_timers::future::TimeoutFuture;
use latchkey_wire::RefreshToken;
use leptos::task::spawn_local;

/// Messages sent at most for one session.
const TRIES: u32 = 6;

/// Ends the session of a refresh token that this browser no longer stores. Browser only.
pub fn send(refresh_token: RefreshToken) {
    spawn_local(async move {
        let mut told_the_user = false;
        let mut backoff = Backoff::default();
        for _ in 0..TRIES {
            let Err(error) = token::revoke(Some(refresh_token.clone().into())).await else { break };
            // The server has refused the token, so its session is over.
            if !is_passing(&error) {
                break;
            }
            if !told_the_user {
                session::change_pending_logouts(1);
                told_the_user = true;
            }
            let now_ms = device_clock::monotonic_ms();
            backoff.failed(now_ms, error.retry_after().unwrap_or_default(), js_sys::Math::random());
            network::until_online().await;
            if let Some(wait_ms) = backoff.wait_ms(device_clock::monotonic_ms()) {
                TimeoutFuture::new(u32::try_from(wait_ms).unwrap_or(u32::MAX)).await;
            }
        }
        if told_the_user {
            session::change_pending_logouts(-1);
        }
    });
}
