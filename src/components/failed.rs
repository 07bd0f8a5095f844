//! Something that could not be loaded or done, and the way to try again.

use crate::api::ApiError;
use leptos::prelude::*;

/// Says what went wrong; the button runs `again`.
#[component]
pub fn Failed(error: ApiError, #[prop(into)] again: Callback<()>) -> impl IntoView {
    view! {
        <p class="alert" role="alert">
            {error.message()}
        </p>
        <button type="button" on:click=move |_| again.run(())>
            "Try again"
        </button>
    }
}
