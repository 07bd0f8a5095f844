//! The message for a form that was not accepted.

use super::{dynamic::dynamic, form_errors::FormErrors};
use leptos::{html, prelude::*};

/// Announces the message and takes the focus, so that a keyboard user continues at the message.
#[component]
pub fn ErrorAlert(
    /// The errors of a form, of which it shows the general message.
    errors: RwSignal<FormErrors>,
) -> impl IntoView {
    let alert = NodeRef::<html::P>::new();
    Effect::new(move |_| {
        if let Some(alert) = alert.get() {
            // The alert is announced with or without the focus.
            let _ = alert.focus();
        }
    });

    // A partial change of the message is not announced.
    let message = Memo::new(move |_| errors.read().general.clone());
    let shown = move || {
        let message = message.get()?;
        Some(view! {
            <p class="alert" role="alert" tabindex="-1" node_ref=alert>
                {message}
            </p>
        })
    };
    view! { <div>{dynamic(move || shown().into_any())}</div> }
}
