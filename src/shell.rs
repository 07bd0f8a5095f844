//! The HTML around the app, and its inline scripts, which work before the program has started and if it cannot start.

mod structure;

use crate::{
    app::App,
    brand::{BRAND, TAGLINE, THEME_KEY},
    messages::{self, start},
};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;
use std::sync::LazyLock;
use structure::structure;

/// Runs before the first paint, to avoid a flash: applies the theme, and sets `data-session` on the document if a
/// session seems to be stored. The server renders the page for a guest; with `data-session`, the style hides the parts
/// for guests only. The program removes the attribute when it knows the session's state; if the program does not start,
/// a timer removes it.
pub fn before_paint() -> String {
    const TEMPLATE: &str = include_str!("shell/before_paint.js");
    TEMPLATE.replace("$THEME_KEY", THEME_KEY).replace("$STORAGE_KEY", BRAND.storage_key())
}

/// Shows a message if the program cannot start or panics. Until the document is marked as started, every error counts
/// as a failed start; after that, only a `WebAssembly.RuntimeError`, which a panic causes.
const WATCH: &str = include_str!("shell/watch.js");
/// Loads the program and starts it: hydrates the page, or renders it anew if other software has changed its structure.
const START: &str = include_str!("shell/start.js");

static WATCH_IN_PAGE: LazyLock<String> = LazyLock::new(|| without_comments(WATCH));
static START_IN_PAGE: LazyLock<String> = LazyLock::new(|| without_comments(START));

/// A script without indentation, empty lines, and lines that are comments: each page contains the scripts, uncompressed.
fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The paths of the files that every page loads. Leptos' own components read a file with the hashes for each page,
/// which a binary with the site embedded does not have.
#[derive(Clone, Debug)]
pub struct PageFiles {
    pub style: String,
    pub script: String,
    pub program: String,
}

impl PageFiles {
    /// The paths of a build without hashes, with this output name.
    pub fn named(output_name: &str) -> Self {
        let [style, script, program] = ["css", "js", "wasm"].map(|kind| format!("/pkg/{output_name}.{kind}"));
        Self { style, script, program }
    }
}

/// The document around the app; rendered on the server only. With `closed` the style hides registration, so the program
/// need not know the setting.
pub fn shell(options: LeptosOptions, files: PageFiles, closed: bool) -> impl IntoView {
    // The app is rendered to text first, because an attribute of the container has the hash of its structure.
    let app = view! { <App /> }.to_html();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-registration=closed.then_some("closed")>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce() inner_html=before_paint()></script>
                <meta name="description" content=TAGLINE />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <link rel="stylesheet" id="leptos" href=files.style.clone() />
                <script nonce=use_nonce() inner_html=WATCH_IN_PAGE.as_str()></script>
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
                    <p>{messages::CRASHED}</p>
                    {reload()}
                </div>
                <p id="scripts-blocked" class="alert trouble">
                    {start::SCRIPTS_BLOCKED}
                </p>
            </body>
        </html>
    }
}

/// A button that reloads the page: `watch.js` listens to it.
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
    // The same file at another URL, which the browser loads as a separate module with its own state.
    let script_again = script.replacen("/pkg/", "/pkg/again/", 1);
    let start = format!(
        "const FILES = {{ script: {script:?}, scriptAgain: {script_again:?}, program: {program:?} }};\n{}",
        *START_IN_PAGE
    );
    // `crossorigin` must match the later requests, or the browser fetches the files twice.
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

    #[test]
    fn every_cause_in_the_scripts_has_a_text_and_vice_versa() {
        for (cause, _) in start::CAUSES {
            assert!([START, WATCH].concat().contains(&format!("\"{cause}\"")), "{cause} is never the cause");
        }
        let thrown = START.lines().filter(|line| line.contains("failed("));
        for cause in thrown.flat_map(|line| line.split('"').skip(1).step_by(2)) {
            assert!(start::CAUSES.iter().any(|(known, _)| *known == cause), "{cause} has no text");
        }
    }

    #[test]
    fn script_in_a_page_has_its_code_and_no_comments() {
        assert_eq!(
            without_comments("// Why.\nlet a = 1;\n\n  // More.\n  a += 1; // kept\n"),
            "let a = 1;\na += 1; // kept\n"
        );
        for script in [START, WATCH] {
            // A line of a template literal could look like a comment.
            assert!(script.lines().all(|line| line.matches('`').count() % 2 == 0));
            assert!(without_comments(script).len() < script.len());
        }
    }

    #[test]
    fn head_script_contains_the_storage_keys() {
        let script = before_paint();
        for key in [BRAND.storage_key(), THEME_KEY] {
            assert!(script.contains(&format!("= \"{key}\";")), "{key}");
        }
        assert!(!script.contains('$'), "a name was not put in");
    }
}
