//! The HTML shell, the routes and the frame around every page.

use crate::{
    client::{journal::provide_journal, keep_fresh::keep_fresh, session::provide_session},
    components::{header::Header, notices::Notices},
    pages::{
        account::Account, customers::Customers, home::Home, login::Login, not_found::NotFound, register::Register,
    },
};
use leptos::{html, nonce::use_nonce, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    components::{Route, Router, Routes},
    hooks::use_location,
    path,
};

/// Says a word when the program cannot start, or dies: it cannot do that itself. Until `hydrate` has marked the document,
/// whatever fails in it is the start: a file that did not come or is not what it should be, or a panic. After that, a
/// panic is known by the error that WebAssembly makes of it.
const WATCH: &str = r#"
for (const kind of ["error", "unhandledrejection"])
  addEventListener(kind, ({ error, reason = error }) => {
    const started = "started" in document.documentElement.dataset;
    if (!started || reason instanceof WebAssembly.RuntimeError)
      document.getElementById(started ? "died" : "not-started").hidden = false;
  });
"#;

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
                <script nonce=use_nonce()>{WATCH}</script>
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
                <p id="not-started" class="alert trouble" role="alert" hidden>
                    "This page could not be started. Reload it; if that does not help, try another browser."
                </p>
                <p id="died" class="alert trouble" role="alert" hidden>
                    "Something went wrong in this page. Reload it to go on; if you were signed in, you still are."
                </p>
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
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/login") view=Login />
                    <Route path=path!("/register") view=Register />
                    <Route path=path!("/customers") view=Customers />
                    <Route path=path!("/account") view=Account />
                </Routes>
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
