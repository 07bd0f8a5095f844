//! The button that sends a form.

use crate::messages::NEEDS_PROGRAM;
use leptos::prelude::*;

/// Disabled until the page is hydrated, because the browser's own way of sending the form leads nowhere, and while the
/// form is on its way.
#[component]
pub fn Submit(label: &'static str, pending_label: &'static str, #[prop(into)] pending: Signal<bool>) -> impl IntoView {
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));

    view! {
        <button
            type="submit"
            disabled=move || !hydrated.get() || pending.get()
            aria-busy=move || pending.get().then_some("true")
        >
            {move || if pending.get() { pending_label } else { label }}
        </button>
        <noscript>
            <p class="notice">{NEEDS_PROGRAM}</p>
        </noscript>
    }
}
