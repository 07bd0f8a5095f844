//! Telling the server that a session is over, after the browser has forgotten its tokens.
//!
//! Nothing here waits for the answer. But a session that nobody can use any more should not stay open at the server
//! only because the train was in a tunnel, so a message that did not arrive is sent again, for as long as the page lives
//! and a bounded number of times. After that the session ends by its idle lifetime. The token waits in memory: what has
//! logged out leaves nothing in the storage.

use super::{device_clock, network, pace::Pace, session};
use crate::{sign_in::token, transport::failure::is_passing};
use gloo_timers::future::TimeoutFuture;
use latchkey_wire::Secret;
use leptos::task::spawn_local;

/// Messages sent at most for one session.
const TRIES: u32 = 6;

/// Ends the session of a refresh token that nobody here holds any more. Browser only.
pub fn say(refresh_token: Secret) {
    spawn_local(async move {
        let mut told_the_user = false;
        let mut pace = Pace::default();
        for _ in 0..TRIES {
            let Err(error) = token::revoke(Some(refresh_token.clone())).await else { break };
            // A refused token is refused for good: its session is over.
            if !is_passing(&error) {
                break;
            }
            if !told_the_user {
                session::farewells(1);
                told_the_user = true;
            }
            let now_ms = device_clock::monotonic_ms();
            pace.failed(now_ms, error.retry_after().unwrap_or_default(), js_sys::Math::random());
            network::until_online().await;
            if let Some(wait_ms) = pace.wait_ms(device_clock::monotonic_ms()) {
                TimeoutFuture::new(u32::try_from(wait_ms).unwrap_or(u32::MAX)).await;
            }
        }
        if told_the_user {
            session::farewells(-1);
        }
    });
}
