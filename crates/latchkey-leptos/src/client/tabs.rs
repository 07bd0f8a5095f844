//! Messages between the tabs of one browser, in addition to the local storage's events.
//!
//! A session that is kept for one tab lies in its session storage, which browsers copy when a tab is duplicated. From
//! then on two tabs hold the same refresh token, and each rotation by one makes the other's copy an old one, whose use
//! looks like theft. So a tab sends its new tokens, and asks for later ones before it uses its own. Only tabs of the
//! same session act on a message; a script that could listen in could read the storage as well.

use super::{claims::session_of, storage::Record};
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use latchkey_wire::{EndReason, json};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

const CHANNEL: &str = "latchkey.session";

/// How long a tab waits for an answer. Between two tabs that are awake it takes a few milliseconds.
const LONGEST_WAIT_MS: u32 = 250;

/// A message from one tab to all others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TabMessage {
    /// Its session has these tokens now.
    Tokens(Box<Record>),
    /// It is about to refresh with these, and asks for later ones.
    Asks(Box<Record>),
    /// The server has asked this session to wait so many seconds.
    #[serde(rename = "patience")]
    RetryAfter { session: String, after_s: u32 },
    /// This session is over; without a reason, because its user has logged out.
    Ended { session: String, reason: Option<String> },
}

thread_local! {
    /// None where the browser has no channels.
    static TABS: RefCell<Option<BroadcastChannel>> = const { RefCell::new(None) };
    /// Woken when an answer has come.
    static WAITING: RefCell<Vec<futures::channel::oneshot::Sender<()>>> = const { RefCell::new(Vec::new()) };
}

/// Begins to listen to the other tabs, and hands their messages to `receive`. Browser only, once.
pub fn listen(receive: fn(TabMessage)) {
    let Ok(channel) = BroadcastChannel::new(CHANNEL) else { return };
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let message = event.data().as_string().and_then(|text| json::read(text.as_bytes()).ok());
        if let Some(message) = message {
            receive(message);
        }
    });
    channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens for as long as the page lives.
    listener.forget();
    TABS.set(Some(channel));
}

/// Sends a message to the other tabs. Browser only.
pub fn broadcast(message: &TabMessage) {
    TABS.with_borrow(|tabs| {
        if let (Some(tabs), Ok(text)) = (tabs, serde_json::to_string(message)) {
            // If the channel is closed, no tab listens.
            let _ = tabs.post_message(&JsValue::from_str(&text));
        }
    });
}

/// Tells the other tabs that the session of this record is over.
pub fn broadcast_end(of: &Record, reason: Option<EndReason>) {
    if let Some(session) = session_of(of) {
        broadcast(&TabMessage::Ended { session, reason: reason.map(|reason| reason.as_str().to_owned()) });
    }
}

/// Tells the other tabs that the server wants this session to wait.
pub fn broadcast_retry_after(of: &Record, after_s: u32) {
    if let Some(session) = session_of(of) {
        broadcast(&TabMessage::RetryAfter { session, after_s });
    }
}

/// Asks for later tokens than these. They are stored when this returns, if another tab had any; there may be no other
/// tab, so the wait is short.
pub async fn ask_for_later(record: &Record) {
    if TABS.with_borrow(Option::is_none) {
        return;
    }
    let (wake, woken) = futures::channel::oneshot::channel();
    WAITING.with_borrow_mut(|waiting| waiting.push(wake));
    broadcast(&TabMessage::Asks(Box::new(record.clone())));
    match select(woken, TimeoutFuture::new(LONGEST_WAIT_MS)).await {
        Either::Left(_) | Either::Right(_) => {}
    }
}

/// Wakes those who wait for later tokens, because they have come.
pub(super) fn wake_all() {
    for wake in WAITING.take() {
        // The waiting task may have timed out.
        let _ = wake.send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{claims::tests::token, storage::tests::record};

    #[test]
    fn message_with_tokens_is_read_back() {
        let tokens = record(&token("s1", 2), "lkr_2");
        let sent = serde_json::to_string(&TabMessage::Tokens(Box::new(tokens.clone()))).expect("serialises");
        assert!(matches!(json::read(sent.as_bytes()), Ok(TabMessage::Tokens(received)) if *received == tokens));
    }

    #[test]
    fn malformed_message_is_ignored() {
        for noise in ["", "null", "{}", r#"{"tokens":{}}"#, r#"{"ended":{"session":1}}"#, r#"{"other":[]}"#] {
            assert!(json::read::<TabMessage>(noise.as_bytes()).is_err(), "{noise}");
        }
    }
}
