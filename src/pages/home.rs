//! `/`: what this is, or a greeting.

mod inspector;

use crate::{
    api::account::User,
    client::{
        guard::Guard,
        session::{Session, use_session},
    },
    components::later::Later,
    later,
};
use inspector::Inspector;
use leptos::prelude::*;
use leptos_meta::Title;

/// What this is, for guests; a greeting, for users; and where to go.
#[component]
pub fn Home() -> impl IntoView {
    let session = use_session();
    view! {
        <Title text="Home" />
        {move || match session.user() {
            None => view! { <Welcome /> }.into_any(),
            Some(user) => view! { <Greeting user /> }.into_any(),
        }}
        <div class="actions">
            <Guard guest=WaysIn>
                <a href="/customers" class="button">
                    "See the customers"
                </a>
            </Guard>
        </div>
        // Outside the guard: it has most to tell when the server cannot be reached.
        <Show when=move || matches!(session.get(), Session::SignedIn(_))>
            <Later view=details />
        </Show>
    }
}

later! {
    fn details() {
        view! { <Inspector /> }
    }
}

#[component]
fn Welcome() -> impl IntoView {
    view! {
        <h1>"Sign-in that stays signed in"</h1>
        <p class="lead">
            "Log in once and stay signed in on this device, until you log out or someone ends the session. "
            "Short-lived access tokens are renewed in the background; you will not notice."
        </p>
    }
}

#[component]
fn WaysIn() -> impl IntoView {
    view! {
        <a href="/login" class="button">
            "Log in"
        </a>
        <a href="/register" class="button secondary">
            "Create an account"
        </a>
    }
}

#[component]
fn Greeting(user: User) -> impl IntoView {
    let roles = if user.roles.is_empty() { "none".to_owned() } else { user.roles.join(", ") };
    view! {
        <h1>{format!("Hello, {}", user.display_name)}</h1>
        <p class="lead">"You are signed in, and will stay so."</p>
        <dl class="facts">
            <dt>"Username"</dt>
            <dd>{user.username}</dd>
            <dt>"Roles"</dt>
            <dd>{roles}</dd>
        </dl>
    }
}
