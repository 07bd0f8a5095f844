//! The page for unknown paths.

use leptos::prelude::*;
use leptos_meta::Title;

/// The page: a message that the path does not exist, and a link to the home page.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text="Page not found" />
        <h1>"Page not found"</h1>
        <p>"There is nothing at this address."</p>
        <p class="actions">
            <a href="/" class="button">
                "Go to the home page"
            </a>
        </p>
    }
}
