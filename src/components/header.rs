//! The navigation at the top of every page.

use super::icons::brand;
use latchkey_leptos::{
    client::{
        lifecycle::log_out,
        session::{AuthState, use_session},
    },
    components::dynamic::dynamic,
};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate};

/// The navigation links, and the signed-in user. The router also handles plain links.
#[component]
pub fn Header() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let pathname = use_location().pathname;
    let current = move |path: &'static str| move || (pathname.get() == path).then_some("page");
    let log_out_here = move |_| {
        // Navigate before the session ends, or the guard of the current page would redirect the user.
        navigate("/login", Default::default());
        log_out();
    };

    view! {
        <header class="site-header">
            <nav aria-label="Main">
                {brand()}
                <ul class="nav-pages">
                    <li>
                        <a href="/" aria-current=current("/")>
                            "Home"
                        </a>
                    </li>
                    <li>
                        <a href="/customers" aria-current=current("/customers")>
                            "Customers"
                        </a>
                    </li>
                </ul>
                <div class="nav-session">
                    {dynamic(move || match session.get() {
                        AuthState::Unknown => ().into_any(),
                        AuthState::Guest => {
                            view! {
                                <a href="/login" aria-current=current("/login")>
                                    "Log in"
                                </a>
                                <a href="/register" aria-current=current("/register")>
                                    "Register"
                                </a>
                            }
                                .into_any()
                        }
                        AuthState::SignedIn(user) => {
                            view! {
                                <a href="/account" class="nav-user" dir="auto" aria-current=current("/account")>
                                    {user.display_name}
                                </a>
                                <button type="button" class="plain" on:click=log_out_here.clone()>
                                    "Log out"
                                </button>
                            }
                                .into_any()
                        }
                    })}
                </div>
            </nav>
        </header>
    }
}
