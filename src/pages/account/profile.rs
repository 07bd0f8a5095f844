//! The user's names and roles.

use crate::components::facts::user_facts;
use latchkey_leptos::{client::session::use_session, components::dynamic::dynamic};
use latchkey_wire::User;
use leptos::prelude::*;

/// The names and the roles in the session.
#[component]
pub fn Profile() -> impl IntoView {
    let session = use_session();
    view! {
        <section aria-labelledby="profile">
            <h2 id="profile">"Profile"</h2>
            <div>{dynamic(move || session.user().map(facts).into_any())}</div>
        </section>
    }
}

fn facts(user: User) -> impl IntoView {
    view! {
        <dl class="facts">
            <dt>"Display name"</dt>
            <dd>
                <span dir="auto">{user.display_name.clone()}</span>
            </dd>
            {user_facts(user)}
        </dl>
    }
}
