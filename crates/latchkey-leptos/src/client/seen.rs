//! Using new tokens once, so that the server knows that they have arrived.

use super::storage;
use crate::transport::fetch;
use gloo_net::http::RequestBuilder;
use gloo_timers::future::TimeoutFuture;
use leptos::task::spawn_local;
use std::cell::Cell;

thread_local! {
    /// No call has gone out with the newest tokens.
    static IS_UNSEEN: Cell<bool> = const { Cell::new(false) };
}

/// Uses the tokens that have just been stored, by a call that does nothing else: from then on the server refuses a copy
/// of the tokens before them that is presented from elsewhere. Nothing is sent if another call uses the new tokens
/// first. Browser only.
pub fn make_seen() {
    IS_UNSEEN.set(true);
    spawn_local(async {
        // First come the calls that have been waiting for the tokens.
        TimeoutFuture::new(0).await;
        if IS_UNSEEN.take()
            && let Some(record) = storage::read()
        {
            // If it fails, the next call does the same.
            let _ = fetch(RequestBuilder::new("/api/me").build(), Some(&record.token), false).await;
        }
    });
}

/// A call goes out with the newest tokens.
pub(super) fn note_use() {
    IS_UNSEEN.set(false);
}
