//! What the tabs of one browser tell each other beyond what the local storage tells them.
//!
//! A session that is kept for one tab lies in its session storage, which browsers copy when a tab is duplicated. From
//! then on two tabs hold the same refresh token, and each rotation by one turns the other's copy into an old one, whose
//! use looks like theft. So a tab tells of its new tokens, and asks for later ones before it uses its own. Only a tab
//! that holds the same session listens; and whoever can listen in could read the storage as well.

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
const PATIENCE_MS: u32 = 250;

/// What one tab says to all others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Word {
    /// Its session has these tokens now.
    Tokens(Box<Record>),
    /// It is about to refresh with these and would rather have later ones.
    Asks(Box<Record>),
    /// The server has asked to be left in peace by this session for so many seconds.
    Patience { session: String, after_s: u32 },
    /// This session is over; without a reason, because its user has logged out.
    Ended { session: String, reason: Option<String> },
}

thread_local! {
    /// None where the browser has no channels.
    static TABS: RefCell<Option<BroadcastChannel>> = const { RefCell::new(None) };
    /// Woken when an answer has come.
    static WAITING: RefCell<Vec<futures::channel::oneshot::Sender<()>>> = const { RefCell::new(Vec::new()) };
}

/// Begins to listen to the other tabs: `hear` is called with what they say. Browser only, once.
pub fn listen(hear: fn(Word)) {
    let Ok(channel) = BroadcastChannel::new(CHANNEL) else { return };
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let word = event.data().as_string().and_then(|text| json::read(text.as_bytes()).ok());
        if let Some(word) = word {
            hear(word);
        }
    });
    channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // It listens for as long as the page lives.
    heard.forget();
    TABS.set(Some(channel));
}

/// Tells the other tabs. Browser only.
pub fn tell(word: &Word) {
    TABS.with_borrow(|tabs| {
        if let (Some(tabs), Ok(text)) = (tabs, serde_json::to_string(word)) {
            // A channel that is closed has nobody to tell.
            let _ = tabs.post_message(&JsValue::from_str(&text));
        }
    });
}

/// Tells the other tabs that the session of this record is over.
pub fn tell_end(of: &Record, reason: Option<EndReason>) {
    if let Some(session) = session_of(of) {
        tell(&Word::Ended { session, reason: reason.map(|reason| reason.as_str().to_owned()) });
    }
}

/// Tells the other tabs that the server wants this session to wait.
pub fn tell_patience(of: &Record, after_s: u32) {
    if let Some(session) = session_of(of) {
        tell(&Word::Patience { session, after_s });
    }
}

/// Asks for later tokens than these. They are stored when this returns, if anybody had any; nobody may be there, so the
/// waiting is short.
pub async fn ask_for_later(record: &Record) {
    if TABS.with_borrow(Option::is_none) {
        return;
    }
    let (wake, woken) = futures::channel::oneshot::channel();
    WAITING.with_borrow_mut(|waiting| waiting.push(wake));
    tell(&Word::Asks(Box::new(record.clone())));
    match select(woken, TimeoutFuture::new(PATIENCE_MS)).await {
        Either::Left(_) | Either::Right(_) => {}
    }
}

/// Wakes those who wait for later tokens, because they have come.
pub(super) fn wake_all() {
    for wake in WAITING.take() {
        // Whoever is out of patience does not listen any more.
        let _ = wake.send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{claims::tests::token, storage::tests::record};

    #[test]
    fn what_is_said_is_understood() {
        let tokens = record(&token("s1", 2), "lkr_2");
        let said = serde_json::to_string(&Word::Tokens(Box::new(tokens.clone()))).expect("serialises");
        assert!(matches!(json::read(said.as_bytes()), Ok(Word::Tokens(heard)) if *heard == tokens));
    }

    #[test]
    fn what_is_no_word_is_not_heard() {
        for noise in ["", "null", "{}", r#"{"tokens":{}}"#, r#"{"ended":{"session":1}}"#, r#"{"other":[]}"#] {
            assert!(json::read::<Word>(noise.as_bytes()).is_err(), "{noise}");
        }
    }
}
