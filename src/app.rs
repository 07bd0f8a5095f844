//! The routes, and the layout of all pages.

use crate::{
    brand::BRAND,
    components::{footer::Footer, header::Header, notices::Notices},
    pages::{
        account::Account, customers::Customers, home::Home, login::Login, not_found::NotFound, register::Register,
    },
};
use latchkey_leptos::{
    client::session::{AuthState, use_session},
    components::{announce, dynamic::dynamic_page, session_provider::SessionProvider},
};
use leptos::{html, prelude::*};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    hooks::use_location,
    path,
};

/// The whole app, on the server and in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();

    view! {
        <SessionProvider brand=BRAND>
            <Layout />
        </SessionProvider>
    }
}

#[component]
fn Layout() -> impl IntoView {
    show_hidden_parts();

    view! {
        <Title formatter=|page: String| format!("{page} · {}", BRAND.title()) />
        <Router>
            // `rel="external"` bypasses the router, which would scroll but not move the keyboard focus.
            <a class="skip-link" href="#main" rel="external">
                "Skip to main content"
            </a>
            <Header />
            <Main>
                <Notices />
                {announce::live_region()}
                <div class="page">
                    <FlatRoutes fallback=|| dynamic_page(|| NotFound().into_any())>
                        <Route path=path!("/") view=|| dynamic_page(|| Home().into_any()) />
                        <Route path=path!("/login") view=|| dynamic_page(|| Login().into_any()) />
                        <Route path=path!("/register") view=|| dynamic_page(|| Register().into_any()) />
                        <Route path=path!("/customers") view=|| dynamic_page(|| Customers().into_any()) />
                        <Route path=path!("/account") view=|| dynamic_page(|| Account().into_any()) />
                    </FlatRoutes>
                </div>
            </Main>
            <Footer />
        </Router>
    }
}

/// Shows the parts that [`before_paint`](crate::shell::before_paint) has hidden, as soon as the session's state is
/// known.
fn show_hidden_parts() {
    let session = use_session();
    Effect::new(move |_| {
        if session.get() != AuthState::Unknown
            && let Some(root) = document().document_element()
        {
            // An error is not possible here: removing a missing attribute does nothing.
            let _ = root.remove_attribute("data-session");
        }
    });
}

/// The main landmark. It gets the focus when the page changes, so that a screen reader starts at the top of the new
/// page, as after a full page load.
#[component]
fn Main(children: Children) -> impl IntoView {
    let main = NodeRef::<html::Main>::new();
    let pathname = use_location().pathname;
    Effect::new(move |previous: Option<String>| {
        let path = pathname.get();
        if previous.is_some_and(|previous| previous != path)
            && let Some(main) = main.get_untracked()
        {
            // Moving the focus is optional.
            let _ = main.focus();
        }
        path
    });

    view! {
        <main id="main" tabindex="-1" node_ref=main>
            {children()}
        </main>
    }
}
