//! The pages for signing in.

use latchkey_leptos::prelude::*;
use leptos::prelude::*;

#[component]
pub fn LoginPage() -> impl IntoView {
    redirect_when_signed_in(use_next());
    view! {
        <h1>"Log in"</h1>
        <LoginForm />
        <p>"New here? " <a href="/register">"Create an account"</a></p>
    }
}

#[component]
pub fn RegisterPage() -> impl IntoView {
    redirect_when_signed_in(use_next());
    view! {
        <h1>"Create an account"</h1>
        <RegisterForm />
    }
}
