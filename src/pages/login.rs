//! `/login`.

use latchkey_leptos::{
    client::next::with_next,
    components::{
        after_sign_in::{redirect_when_signed_in, use_next},
        login_form::LoginForm,
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The form, and a link to registration.
#[component]
pub fn Login() -> impl IntoView {
    let next = use_next();
    redirect_when_signed_in(next);

    view! {
        <Title text="Log in" />
        <h1>"Log in"</h1>
        <LoginForm />
        <p>"New here? " <a href=move || with_next("/register", &next.get())>"Create an account"</a></p>
    }
}
