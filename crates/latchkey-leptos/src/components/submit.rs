//! The submit button of a form.

use super::{announce::announce, dynamic::text};
use crate::messages::NEEDS_PROGRAM;
use leptos::prelude::*;

/// Disabled until the page is hydrated, because the server rejects the browser's own form submission. While the form is
/// being sent, the button says so, keeps the focus, and does nothing.
#[component]
pub fn Submit(
    /// The text of the button.
    label: &'static str,
    /// Its text while the form is being sent.
    pending_label: &'static str,
    /// Whether the form is being sent.
    #[prop(into)]
    pending: Signal<bool>,
) -> impl IntoView {
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));

    view! {
        <button
            type="submit"
            disabled=move || !hydrated.get()
            aria-busy=move || pending.get().then_some("true")
        >
            {text(move || {
                if !pending.get() {
                    return label;
                }
                announce(pending_label.to_owned());
                pending_label
            })}
        </button>
        <noscript>
            <p class="notice">{NEEDS_PROGRAM}</p>
        </noscript>
    }
}
