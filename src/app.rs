//! The HTML shell, the routes and the frame around every page.

use crate::{
    client::{
        journal::provide_journal,
        keep_fresh::keep_fresh,
        session::{Session, provide_session, use_session},
    },
    components::{announce, footer::Footer, header::Header, notices::Notices},
    messages,
    pages::{
        account::Account, customers::Customers, home::Home, login::Login, not_found::NotFound, register::Register,
    },
};
use leptos::{html, nonce::use_nonce, prelude::*};
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    hooks::use_location,
    path,
};

/// What must be settled before the first paint, because a wrong one would flash: the chosen theme, for which it runs the
/// switch as well, and whether somebody seems to be signed in. The server cannot know either and renders for a guest, so
/// the style hides what is said to guests while `data-session` stands on the document: until the program has looked
/// (see [`unveil`]), and not for ever if it never comes.
pub const BEFORE_PAINT: &str = include_str!("before_paint.js");
/// Says a word when the program cannot start, or dies: it cannot do that itself. Until `hydrate` has marked the document,
/// whatever fails in it is the start: a file that did not come or is not what it should be, or a panic. After that, a
/// panic is known by the error that WebAssembly makes of it.
const WATCH: &str = include_str!("watch.js");

/// The addresses of what every page loads. Leptos' own components for these read a file beside the binary at each page,
/// and a binary that has the site inside has no such file.
#[derive(Clone, Debug)]
pub struct PageFiles {
    pub style: String,
    pub script: String,
    pub program: String,
}

impl Default for PageFiles {
    fn default() -> Self {
        let [style, script, program] = ["css", "js", "wasm"].map(|kind| format!("/pkg/latchkey.{kind}"));
        Self { style, script, program }
    }
}

/// The document around the app; rendered on the server only. `closed` tells the style to hide the ways to an account of
/// one's own: the program need not know.
pub fn shell(options: LeptosOptions, files: PageFiles, closed: bool) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-registration=closed.then_some("closed")>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce() inner_html=BEFORE_PAINT></script>
                <meta name="description" content="Latchkey: sign-in that stays signed in." />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <link rel="stylesheet" id="leptos" href=files.style.clone() />
                <script nonce=use_nonce() inner_html=WATCH></script>
                <AutoReload options />
                {program(files)}
                <MetaTags />
            </head>
            <body>
                <App />
                <p id="not-started" class="alert trouble" role="alert" hidden>
                    {messages::NOT_STARTED}
                </p>
                <p id="died" class="alert trouble" role="alert" hidden>
                    {messages::DIED}
                </p>
            </body>
        </html>
    }
}

/// Loads the program and starts it.
fn program(files: PageFiles) -> AnyView {
    let PageFiles { script, program, .. } = files;
    let start =
        format!("import({script:?}).then(m => m.default({{ module_or_path: {program:?} }}).then(() => m.hydrate()))");
    // Fetched in the mode in which they will be asked for, or they would be fetched twice.
    view! {
        <link rel="modulepreload" href=script crossorigin="anonymous" />
        <link rel="preload" href=program r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
        <script type="module" nonce=use_nonce() inner_html=start></script>
    }
    .into_any()
}

/// The whole app, on both sides.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_journal();
    provide_session();
    keep_fresh();
    unveil();

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
                {announce::place()}
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/login") view=Login />
                    <Route path=path!("/register") view=Register />
                    <Route path=path!("/customers") view=Customers />
                    <Route path=path!("/account") view=Account />
                </FlatRoutes>
            </Main>
            <Footer />
        </Router>
    }
}

/// Shows what [`BEFORE_PAINT`] has hidden, as soon as the page is what it should be.
fn unveil() {
    let session = use_session();
    Effect::new(move |_| {
        if session.get() != Session::Unknown
            && let Some(root) = document().document_element()
        {
            // Without the attribute there is nothing to show.
            let _ = root.remove_attribute("data-session");
        }
    });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::storage;

    #[test]
    fn the_script_in_the_head_knows_where_a_session_is_stored() {
        assert!(BEFORE_PAINT.contains(&format!("\"{}\"", storage::KEY)));
    }
}
