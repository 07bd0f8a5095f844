//! Latchkey: sign-in that stays signed in.
//!
//! One package compiled twice: with the feature `ssr` it is the server, with `hydrate` the WebAssembly client.
//! Data flows one way: `pages → components → client → api → server`.

#![forbid(unsafe_code)]

pub mod api;
pub mod app;
pub mod client;
pub mod components;
pub mod messages;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;

/// Entry point of the browser: takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
    // For the script in the shell, which waits for the program.
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = root.set_attribute("data-started", "");
    }
}
