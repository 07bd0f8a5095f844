//! Latchkey: sign-in that stays signed in.
//!
//! The application: pages, the sample resource, the command line and the server's startup. It is compiled twice: with
//! the feature `ssr` as the server, with `hydrate` as the WebAssembly client. Other applications can use the crates in
//! `crates/` as well.

#![forbid(unsafe_code)]

pub mod api;
pub mod app;
pub mod brand;
pub mod components;
#[cfg(feature = "ssr")]
pub mod config;
pub mod messages;
pub mod pages;
pub mod roles;
#[cfg(feature = "ssr")]
pub mod server;
pub mod shell;
#[cfg(feature = "ssr")]
pub mod state;
#[cfg(feature = "ssr")]
pub mod tables;
pub mod user_fields;

/// Entry point in the browser: hydrates the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate(container: leptos::web_sys::HtmlElement) {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_from(container, app::App).forget();
}

/// Entry point in the browser if hydration is not possible: renders the page into its empty container.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn mount(container: leptos::web_sys::HtmlElement) {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to(container, app::App).forget();
}
