//! `/`: an introduction for guests, a greeting and the session inspector for users.

mod inspector;

use crate::{
    components::{facts::user_facts, icons::drawing, lazy::Lazy},
    lazy,
};
use inspector::Inspector;
use latchkey_leptos::{
    client::session::{AuthState, use_session},
    components::{dynamic::dynamic, guard::Guard},
};
use latchkey_wire::User;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn Home() -> impl IntoView {
    let session = use_session();
    let signed_in = Memo::new(move |_| matches!(session.get(), AuthState::SignedIn(_)));
    view! {
        <Title text="Home" />
        <div>
            {dynamic(move || match session.user() {
                None => view! { <Welcome /> }.into_any(),
                Some(user) => view! { <Greeting user /> }.into_any(),
            })}
        </div>
        <div class="actions">
            <Guard guest=GuestLinks>
                <a href="/customers" class="button">
                    "See the customers"
                </a>
                <a href="/account" class="button secondary">
                    "Your account"
                </a>
            </Guard>
        </div>
        // Outside the guard, because it is also useful when the server cannot be reached.
        <div>{dynamic(move || signed_in.get().then(|| view! { <Lazy view=inspector /> }).into_any())}</div>
    }
}

lazy! {
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
fn GuestLinks() -> impl IntoView {
    view! {
        <a href="/login" class="button">
            "Log in"
        </a>
        <a href="/register" class="button secondary">
            "Create an account"
        </a>
        {drawing()}
    }
}

#[component]
fn Greeting(user: User) -> impl IntoView {
    view! {
        <h1>"Hello, " <span dir="auto">{user.display_name.clone()}</span></h1>
        <p class="lead">"You are signed in, and will stay so."</p>
        <dl class="facts">
            {user_facts(user)}
        </dl>
    }
}
