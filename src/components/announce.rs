//! What is read out to those who do not see the page change.
//!
//! A screen reader reads a text that comes to a place which was there before, and passes over one that comes together
//! with its place. So there is one place for all of them, on every page and from the start.

use leptos::prelude::*;

#[derive(Clone, Copy)]
struct Said(RwSignal<Option<String>>);

/// Provides the place to all views below.
pub fn provide_announcer() {
    provide_context(Said(RwSignal::new(None)));
}

/// Has a text read out that stands in the view which is being made, for as long as that is there.
pub fn announce(text: String) {
    let Said(said) = expect_context();
    Effect::new(move |_| said.set(Some(text.clone())));
    // The page may be gone altogether.
    on_cleanup(move || drop(said.try_set(None)));
}

/// The place. What is read out can be seen elsewhere.
#[component]
pub fn Announcer() -> impl IntoView {
    let Said(said) = expect_context();
    view! {
        <div class="unseen" role="status">
            {move || said.get()}
        </div>
    }
}

/// Says that something is on its way, to be seen and to be heard.
#[component]
pub fn Loading(text: &'static str) -> impl IntoView {
    announce(text.to_owned());
    view! { <p class="quiet loading">{text}</p> }
}
