//! `/login`.

use latchkey_leptos::components::login_page::LoginPage;
use leptos::prelude::*;
use leptos_meta::Title;

/// The form, and a link to registration.
#[component]
pub fn Login() -> impl IntoView {
    view! {
        <Title text="Log in" />
        <LoginPage />
    }
}
