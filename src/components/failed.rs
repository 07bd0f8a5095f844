//! Something that could not be loaded or done, and the way to try again.

use crate::{api::ApiError, messages};
use leptos::prelude::*;

/// Says what went wrong, under which number the operator finds it where there is one, and the button runs `again`.
#[component]
pub fn Failed(error: ApiError, #[prop(into)] again: Callback<()>) -> impl IntoView {
    let number = match &error {
        ApiError::Logged { request_id } => messages::ask_operator(request_id),
        _ => String::new(),
    };
    view! {
        <p class="alert" role="alert">
            {messages::of_error(&error)}
            {number}
        </p>
        <button type="button" on:click=move |_| again.run(())>
            "Try again"
        </button>
    }
}
