//! The server's advice on a new password while the user types it.

use super::input::typed;
use crate::messages;
use crate::sign_in::auth::password_advice;
use gloo_timers::future::TimeoutFuture;
use latchkey_wire::{PasswordAdvice, PlainPassword};
use leptos::{html, prelude::*, task::spawn_local};

/// The client asks the server when the user has not typed for this time.
const PAUSE_MS: u32 = 500;

/// The server's advice on the password in an input, and its requests: only the server knows the rules. If the server
/// does not answer, nothing is shown, and the form can still be sent.
#[derive(Clone, Copy)]
pub struct Advice {
    password: NodeRef<html::Input>,
    identity_inputs: [NodeRef<html::Input>; 2],
    /// The inputs of the last request, or an empty text before the first. Answers to earlier requests are ignored.
    /// `None` after the form was sent, because the answer to the form replaces the advice.
    asked: RwSignal<Option<String>>,
    /// How many of the four bars are shown.
    bars: RwSignal<i32>,
    text: RwSignal<Option<String>>,
}

impl Advice {
    /// The advice on the password in this input. The identity inputs are those for username and display name, which the
    /// password must not repeat.
    pub fn new(password: NodeRef<html::Input>, identity_inputs: [NodeRef<html::Input>; 2]) -> Self {
        Self {
            password,
            identity_inputs,
            asked: RwSignal::new(Some(String::new())),
            bars: RwSignal::new(0),
            text: RwSignal::new(None),
        }
    }

    /// Handles a change of the password.
    pub fn on_input(self) {
        self.asked.set(Some(String::new()));
        if typed(self.password).is_empty() {
            self.show(0, None);
        }
        spawn_local(self.ask(PAUSE_MS));
    }

    /// Handles the loss of focus.
    pub fn on_blur(self) {
        spawn_local(self.ask(0));
    }

    /// Handles the submission or the reset of the form.
    pub fn on_submit(self) {
        self.asked.set(None);
        self.show(0, None);
    }

    async fn ask(self, pause_ms: u32) {
        let before = typed(self.password);
        TimeoutFuture::new(pause_ms).await;
        // The page may have been left meanwhile.
        let Some(asked) = self.asked.try_get_untracked().flatten() else { return };
        let [username, display_name] = self.identity_inputs.map(typed);
        let password = typed(self.password);
        let question = format!("{password}\n{username}\n{display_name}");
        if password.is_empty() || password != before || question == asked {
            return;
        }
        self.asked.set(Some(question.clone()));
        let answer = password_advice(PlainPassword::from(password).into(), Some(username), Some(display_name)).await;
        if self.asked.try_get_untracked().flatten() != Some(question) {
            return;
        }
        match answer {
            Ok(PasswordAdvice { strength, advice, .. }) => {
                let word = messages::strength(strength);
                let text = advice.map_or_else(|| word.to_owned(), |advice| format!("{word} {advice}"));
                self.show(i32::from(strength.clamp(1, 4)), Some(text));
            }
            // The same text can be requested again.
            Err(_) => self.asked.set(Some(String::new())),
        }
    }

    fn show(self, bars: i32, text: Option<String>) {
        self.bars.set(bars);
        self.text.set(text);
    }
}

/// The bars and the text, in a live region that exists from the start. `id` is the id of the text.
#[component]
pub fn AdviceText(
    /// The advice to show.
    advice: Advice,
    /// The id of the text, for the `aria-describedby` of the input.
    id: String,
) -> impl IntoView {
    let class = move || match advice.bars.get() {
        0 => "advice",
        1 => "advice one",
        2 => "advice two",
        3 => "advice three",
        _ => "advice four",
    };
    view! {
        <div class=class aria-live="polite">
            <p id=id prop:textContent=move || advice.text.get()></p>
        </div>
    }
}
