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
        <A href="/login" attr:class="button">
            "Log in"
        </A>
        <A href="/register" attr:class="button secondary">
            "Create an account"
        </A>
        <figure class="key">
            // The teeth to the left are worn, the filled one is in use, and more will be cut.
            <svg viewBox="0 0 640 112" fill="none" aria-hidden="true">
                <path
                    class="shaft"
                    d="M92 40H636M92 52H636M92 46A42 42 0 1 1 92 45.9M64 46A14 14 0 1 1 64 45.9"
                />
                <path class="worn" d="M150 52v26h44V52M206 52v40h44V52M262 52v20h44V52M318 52v34h44V52" />
                <path class="used" d="M374 52v46h44V52Z" />
                <path class="to-come" d="M430 52v28h44V52M486 52v38h44V52M542 52v22h44V52" />
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
