//! The page with the registration form.

use super::{
    after_sign_in::{redirect_when_signed_in, use_next},
    register_form::RegisterForm,
};
use crate::client::{next::with_next, session::use_session};
use latchkey_wire::UserField;
use leptos::prelude::*;

/// A heading, the form, and a link to the login page. A signed-in user is redirected to the `next` of the query. For
/// the route that [`SessionProvider`](super::session_provider::SessionProvider) knows as `register_path`. The children
/// are shown above the form.
#[component]
pub fn RegisterPage(
    /// The application's own fields, as the server's settings have them.
    #[prop(default = &[])]
    fields: &'static [UserField],
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let (next, login) = (use_next(), use_session().guest_pages().login);
    redirect_when_signed_in(next);

    view! {
        <h1>"Create an account"</h1>
        {children.map(|children| children())}
        <RegisterForm fields />
        <p>"Already have an account? " <a href=move || with_next(login, &next.get())>"Log in"</a></p>
    }
}
