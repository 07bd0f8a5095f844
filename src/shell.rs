//! The HTML around the app, and the scripts in it for what must work before the program runs and when it cannot start.

mod structure;

use crate::{
    app::App,
    messages::{self, start},
};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;
use structure::structure;

/// What must be settled before the first paint, because a wrong one would flash: the chosen theme, for which it runs the
/// switch as well, and whether a session seems to be stored. The server cannot know either and renders for a guest, so
/// the style hides what is said to guests while `data-session` stands on the document: until the program has looked, and
/// not for ever if it never comes.
pub const BEFORE_PAINT: &str = include_str!("shell/before_paint.js");
/// Shows a message when the program cannot start, or panics: it cannot do that itself. Until the document is marked as
/// started, whatever fails in it is the start: a file that did not come or is not what it should be, or a panic. After
/// that, a panic is known by the error that WebAssembly makes of it.
const WATCH: &str = include_str!("shell/watch.js");
/// Loads the program and starts it: takes over what the server rendered, or builds it anew if its structure was changed.
const START: &str = include_str!("shell/start.js");

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
    // As text, because its structure must be known before it.
    let app = view! { <App /> }.to_html();
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
                <div id="app" data-structure=structure(&app).to_string() inner_html=app></div>
                <template id="causes">
                    {start::CAUSES.map(|(cause, text)| view! { <p data-cause=cause>{text}</p> }).collect_view()}
                </template>
                <div id="not-started" class="alert trouble" role="alert" hidden>
                    <p>{start::NOT_STARTED}</p>
                    {reload()}
                </div>
                <div id="died" class="alert trouble" role="alert" hidden>
                    <p>{messages::DIED}</p>
                    {reload()}
                </div>
                <p id="scripts-blocked" class="alert trouble">
                    {start::SCRIPTS_BLOCKED}
                </p>
            </body>
        </html>
    }
}

/// The button that `watch.js` listens to.
fn reload() -> impl IntoView {
    view! {
        <button type="button" class="secondary" data-reload="">
            {start::RELOAD}
        </button>
    }
}

/// Loads the program and starts it.
fn program(files: PageFiles) -> AnyView {
    let PageFiles { script, program, .. } = files;
    // The same files at another address, which the browser loads as separate modules with their own state.
    let script_again = script.replacen("/pkg/", "/pkg/again/", 1);
    let start = format!(
        "const FILES = {{ script: {script:?}, scriptAgain: {script_again:?}, program: {program:?} }};\n{START}"
    );
    // Fetched in the mode in which they will be asked for, or they would be fetched twice.
    view! {
        <link rel="modulepreload" href=script crossorigin="anonymous" />
        <link rel="preload" href=program r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
        <script type="module" nonce=use_nonce() inner_html=start></script>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use latchkey_client::KEY;

    #[test]
    fn cause_in_a_script_has_a_text_and_the_other_way_round() {
        for (cause, _) in start::CAUSES {
            assert!([START, WATCH].concat().contains(&format!("\"{cause}\"")), "{cause} is never the cause");
        }
        let thrown = START.lines().filter(|line| line.contains("failed("));
        for cause in thrown.flat_map(|line| line.split('"').skip(1).step_by(2)) {
            assert!(start::CAUSES.iter().any(|(known, _)| *known == cause), "{cause} has no text");
        }
    }

    #[test]
    fn the_script_in_the_head_knows_where_a_session_is_stored() {
        assert!(BEFORE_PAINT.contains(&format!("\"{KEY}\"")));
    }
}
