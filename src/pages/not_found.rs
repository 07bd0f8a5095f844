//! Every address that is none.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

/// Says so, and shows the way home.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text="Page not found" />
        <h1>"Page not found"</h1>
        <p>"There is nothing at this address."</p>
        <p class="actions">
            <A href="/" attr:class="button">
                "Go to the home page"
            </A>
        </p>
    }
}
