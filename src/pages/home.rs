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
    let signed_in = Memo::new(move |_| matches!(session.get(), Session::SignedIn(_)));
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
                <a href="/account" class="button secondary">
                    "Your account"
                </a>
            </Guard>
        </div>
        // Outside the guard: it has most to tell when the server cannot be reached.
        {move || signed_in.get().then(|| view! { <Later view=inspector /> }.into_any())}
    }
}

later! {
    fn inspector() {
        view! { <Inspector /> }
    }
}

#[component]
fn Welcome() -> impl IntoView {
    view! {
        <div class="hero">
            <h1>"Sign-in that stays signed in"</h1>
            <p class="lead">
                "Log in once and stay signed in on this device, until you log out or someone ends the session. "
                "Short-lived access tokens are renewed in the background; you will not notice."
            </p>
        </div>
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
        <figure class="key">
            // Of the teeth the filled one is in use; those before it have been, and the rest is still to be cut.
            <svg viewBox="5 7 624 92" fill="none" aria-hidden="true">
                <path class="bow" d="M94 53A44 44 0 1 1 94 52.9M52 53A14 14 0 1 1 52 52.9" />
                <path
                    class="cut"
                    d="M92 36H412M92 69H108M108 26V80H122L134 52H142l10 18h26l10 -18h8l10 26h26l10 -26h8l10 12h26l10 -12h8l10 22h26l10 -22h8l10 16h26l10 -16h8"
                />
                <path class="used" d="M412 37v15l10 24h26l10-24V37Z" />
                <path class="to-come" d="M458 36H612L628 52L612 74H476L466 52H458" />
            </svg>
            <figcaption>
                "A session is a key that is always being cut: each tooth is an access token, good for minutes, and the \
                next one is ready before it is worn."
            </figcaption>
        </figure>
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
