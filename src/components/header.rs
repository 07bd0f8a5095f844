//! The navigation at the top of every page.

use crate::client::session::{Session, log_out, use_session};
use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_navigate};

/// Where to go, and who is signed in.
#[component]
pub fn Header() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let leave = move |_| {
        // First the page, then the session: the guard of the page being left must not see a guest on it.
        navigate("/login", Default::default());
        log_out();
    };

    view! {
        <header class="site-header">
            <nav aria-label="Main">
                <ul class="nav-pages">
                    <li>
                        <A href="/" exact=true>
                            "Home"
                        </A>
                    </li>
                    <li>
                        <A href="/customers">"Customers"</A>
                    </li>
                </ul>
                <div class="nav-session">
                    {move || match session.get() {
                        Session::Unknown => ().into_any(),
                        Session::Guest => {
                            view! {
                                <A href="/login">"Log in"</A>
                                <A href="/register">"Register"</A>
                            }
                                .into_any()
                        }
                        Session::SignedIn(user) => {
                            view! {
                                <A href="/account" attr:class="nav-user" attr:dir="auto">
                                    {user.display_name}
                                </A>
                                <button type="button" class="plain" on:click=leave.clone()>
                                    "Log out"
                                </button>
                            }
                                .into_any()
                        }
                    }}
                </div>
            </nav>
        </header>
    }
}
