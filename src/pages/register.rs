//! `/register`: creates an account and signs in.

use crate::{messages, user_fields::USER_FIELDS};
use latchkey_leptos::components::register_page::RegisterPage;
use leptos::prelude::*;
use leptos_meta::Title;

/// The form, and a link to the login page.
#[component]
pub fn Register() -> impl IntoView {
    view! {
        <Title text="Create an account" />
        <RegisterPage fields=USER_FIELDS>
            // The style shows either this or the form, depending on `data-registration`: see `shell`.
            <p class="closed">{messages::CLOSED}</p>
        </RegisterPage>
    }
}
