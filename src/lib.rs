//! Latchkey: sign-in that stays signed in.
//!
//! The application: pages, the sample resource, the command line, and what starts the server. One package compiled twice: with
//! the feature `ssr` it is the server, with `hydrate` the WebAssembly client. What other applications can use as well is in
//! `crates/`.

#![forbid(unsafe_code)]

pub mod api;
pub mod app;
pub mod components;
#[cfg(feature = "ssr")]
pub mod config;
pub mod messages;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;
pub mod shell;
#[cfg(feature = "ssr")]
pub mod state;
#[cfg(feature = "ssr")]
pub mod tables;

/// Entry point of the browser: takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate(container: leptos::web_sys::HtmlElement) {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_from(container, app::App).forget();
}

/// Entry point of the browser where that is not possible: builds the page in its empty container.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn mount(container: leptos::web_sys::HtmlElement) {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to(container, app::App).forget();
}
