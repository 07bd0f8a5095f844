//! `/register`: creates an account and signs in.

use crate::messages;
use latchkey_leptos::{
    client::next::with_next,
    components::{
        after_sign_in::{redirect_when_signed_in, use_next},
        register_form::RegisterForm,
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The form, and a link to the login page.
#[component]
pub fn Register() -> impl IntoView {
    let next = use_next();
    redirect_when_signed_in(next);

    view! {
        <Title text="Create an account" />
        <h1>"Create an account"</h1>
        // The style shows either this or the form, depending on `data-registration`: see `shell`.
        <p class="closed">{messages::CLOSED}</p>
        <RegisterForm />
        <p>"Already have an account? " <a href=move || with_next("/login", &next.get())>"Log in"</a></p>
    }
}
