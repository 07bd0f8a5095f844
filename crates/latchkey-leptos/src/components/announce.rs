//! Announcements for screen readers.
//!
//! A screen reader announces text that is inserted into an existing live region, but not text that is inserted together
//! with its live region. So every page has one live region for all announcements from the start.

use leptos::prelude::*;

/// The live region. Its text is visible elsewhere on the page.
pub fn live_region() -> impl IntoView {
    view! { <div id="said" class="unseen" role="status"></div> }
}

/// Announces a text for as long as the current view exists.
pub fn announce(text: String) {
    // It is dropped with the view, perhaps before the effect runs.
    let text = StoredValue::new(text);
    Effect::new(move |_| {
        if let Some(text) = text.try_get_value() {
            write(&text);
        }
    });
    on_cleanup(|| write(""));
}

/// Sets the text of the live region. On the server it does nothing, because a view is dropped as soon as it is
/// rendered.
fn write(text: &str) {
    if !cfg!(feature = "ssr")
        && let Some(place) = document().get_element_by_id("said")
    {
        place.set_text_content(Some(text));
    }
}

/// Shows and announces that something is loading.
#[component]
pub fn Loading(
    /// What is loading, such as "Loading your devices…".
    text: &'static str,
) -> impl IntoView {
    announce(text.to_owned());
    view! { <p class="quiet loading">{text}</p> }
}
