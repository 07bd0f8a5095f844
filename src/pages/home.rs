//! `/`: what this is, or a greeting.

mod inspector;

use crate::{
    api::account::User,
    client::{
        guard::Guard,
        session::{Session, use_session},
    },
};
use inspector::Inspector;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

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
                <A href="/customers" attr:class="button">
                    "See the customers"
                </A>
                <A href="/account" attr:class="button secondary">
                    "Your account"
                </A>
            </Guard>
        </div>
        // Outside the guard: it has most to tell when the server cannot be reached.
        <Show when=move || matches!(session.get(), Session::SignedIn(_))>
            <Inspector />
        </Show>
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
        <A href="/login" attr:class="button">
            "Log in"
        </A>
        <A href="/register" attr:class="button secondary">
            "Create an account"
        </A>
    }
}

#[component]
fn Greeting(user: User) -> impl IntoView {
    let roles = if user.roles.is_empty() { "none".to_owned() } else { user.roles.join(", ") };
    view! {
        <h1>"Hello, " <span dir="auto">{user.display_name}</span></h1>
        <p class="lead">"You are signed in, and will stay so."</p>
        <dl class="facts">
            <dt>"Username"</dt>
            <dd>
                <span dir="auto">{user.username}</span>
            </dd>
            <dt>"Roles"</dt>
            <dd>{roles}</dd>
        </dl>
    }
}
