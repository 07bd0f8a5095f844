//! Why a form was not accepted.

use leptos::{html, prelude::*};

/// Announces the message and takes the focus, so that a keyboard user is where the news is.
#[component]
pub fn ErrorAlert(#[prop(into)] message: Signal<Option<String>>) -> impl IntoView {
    let alert = NodeRef::<html::P>::new();
    Effect::new(move |_| {
        if let Some(alert) = alert.get() {
            // The alert is announced with or without the focus.
            let _ = alert.focus();
        }
    });

    move || {
        message.get().map(|message| {
            view! {
                <p class="alert" role="alert" tabindex="-1" node_ref=alert>
                    {message}
                </p>
            }
        })
    }
}
