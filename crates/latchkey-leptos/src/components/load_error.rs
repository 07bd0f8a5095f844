//! A failure, with a button to try again.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Shows an error. The button runs `again` and moves the focus to the page, because the button is then removed.
#[component]
pub fn LoadError(
    /// What went wrong.
    text: String,
    /// Loads again.
    #[prop(into)]
    again: Callback<()>,
) -> impl IntoView {
    view! {
        <p class="alert" role="alert">
            {text}
        </p>
        <button
            type="button"
            on:click=move |_| {
                focus_page();
                again.run(());
            }
        >
            "Try again"
        </button>
    }
}

/// Moves the focus to the main landmark, which can always take it.
fn focus_page() {
    let main = document().get_element_by_id("main").and_then(|main| main.dyn_into::<HtmlElement>().ok());
    if let Some(main) = main {
        // If the focus cannot be moved, nothing else has to change.
        let _ = main.focus();
    }
}
