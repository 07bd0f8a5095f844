//! The channel to the other tabs of the browser.

use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel; `None` if the browser does not support it.
#[derive(Default)]
pub struct Tabs(RefCell<Option<BroadcastChannel>>);

impl Tabs {
    /// Starts to listen to the other tabs on the channel of this name, and passes their messages to `receive`. Call it
    /// once.
    pub fn listen(&self, channel: &str, receive: fn(&str)) {
        let Ok(channel) = BroadcastChannel::new(channel) else { return };
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                receive(&text);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        // The listener must exist for as long as the page.
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
