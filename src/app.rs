//! The HTML shell, the routes and the frame around every page.

use crate::{
    client::{journal::provide_journal, keep_fresh::keep_fresh, session::provide_session},
    components::{header::Header, notices::Notices},
    pages::{
        account::Account, customers::Customers, home::Home, login::Login, not_found::NotFound, register::Register,
    },
};
use leptos::{html, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    hooks::use_location,
    path,
};

/// The document around the app; rendered on the server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content="Latchkey: sign-in that stays signed in." />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <HashedStylesheet options=options.clone() id="leptos" />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The whole app, on both sides.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_journal();
    provide_session();
    keep_fresh();

    view! {
        <Title formatter=|page: String| format!("{page} · Latchkey") />
        <Router>
            // External to the router, which would scroll there but leave the keyboard focus behind.
            <a class="skip-link" href="#main" rel="external">
                "Skip to main content"
            </a>
            <Header />
            <Main>
                <Notices />
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/login") view=Login />
                    <Route path=path!("/register") view=Register />
                    <Route path=path!("/customers") view=Customers />
                    <Route path=path!("/account") view=Account />
                </FlatRoutes>
            </Main>
        </Router>
    }
}

/// The main landmark. It takes the focus when the page changes, as it would if the browser had loaded the page, so that
/// a screen reader starts at the top of the new one.
#[component]
fn Main(children: Children) -> impl IntoView {
    let main = NodeRef::<html::Main>::new();
    let pathname = use_location().pathname;
    Effect::new(move |previous: Option<String>| {
        let path = pathname.get();
        if previous.is_some_and(|previous| previous != path)
            && let Some(main) = main.get_untracked()
        {
            // A focus that cannot be moved is no reason to fail.
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
