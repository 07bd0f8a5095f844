//! The page with the login form.

use super::{
    after_sign_in::{redirect_when_signed_in, use_next},
    login_form::LoginForm,
};
use crate::client::{next::with_next, session::use_session};
use leptos::prelude::*;

/// A heading, the form, and a link to the page for registration. A signed-in user is redirected to the `next` of the
/// query. For the route that [`SessionProvider`](super::session_provider::SessionProvider) knows as `login_path`.
#[component]
pub fn LoginPage() -> impl IntoView {
    let (next, register) = (use_next(), use_session().guest_pages().register);
    redirect_when_signed_in(next);

    view! {
        <h1>"Log in"</h1>
        <LoginForm />
        <p>"New here? " <a href=move || with_next(register, &next.get())>"Create an account"</a></p>
    }
}
