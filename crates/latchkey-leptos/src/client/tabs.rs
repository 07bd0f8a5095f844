//! The channel to the other tabs of the browser.

use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel; none where the browser has none.
#[derive(Default)]
pub struct Tabs(RefCell<Option<BroadcastChannel>>);

impl Tabs {
    /// Begins to listen to the other tabs on the channel of this name, and hands their messages to `receive`. Once.
    pub fn listen(&self, channel: &str, receive: fn(&str)) {
        let Ok(channel) = BroadcastChannel::new(channel) else { return };
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                receive(&text);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        // It listens for as long as the page lives.
        listener.forget();
        self.0.replace(Some(channel));
    }

    /// Sends the text to all other tabs; `false` if the channel is missing.
    pub fn post(&self, text: &str) -> bool {
        let channel = self.0.borrow();
        if let Some(channel) = &*channel {
            // If the channel is closed, no tab listens.
            let _ = channel.post_message(&JsValue::from_str(text));
        }
        channel.is_some()
    }
}
