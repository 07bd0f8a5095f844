//! Announcements for screen readers.
//!
//! A screen reader reads a text that comes to a place which was there before, and passes over one that comes together
//! with its place. So there is one place for all of them, on every page and from the start.

use leptos::prelude::*;

/// The place. What is read out from there can be seen elsewhere.
pub fn place() -> impl IntoView {
    view! { <div id="said" class="unseen" role="status"></div> }
}

/// Announces a text of the view that is being built, for as long as the view is there.
pub fn announce(text: String) {
    // It goes with the view, which may be gone before the effect comes to run.
    let text = StoredValue::new(text);
    Effect::new(move |_| {
        if let Some(text) = text.try_get_value() {
            write(&text);
        }
    });
    on_cleanup(|| write(""));
}

/// On the server a view is dropped as soon as it is rendered, so there is nothing to announce.
fn write(text: &str) {
    if !cfg!(feature = "ssr")
        && let Some(place) = document().get_element_by_id("said")
    {
        place.set_text_content(Some(text));
    }
}

/// Shows and announces that something is loading.
#[component]
pub fn Loading(text: &'static str) -> impl IntoView {
    announce(text.to_owned());
    view! { <p class="quiet loading">{text}</p> }
}
