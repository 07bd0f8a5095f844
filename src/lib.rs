//! Latchkey: sign-in that stays signed in.
//!
//! One package compiled twice: with the feature `ssr` it is the server, with `hydrate` the WebAssembly client.
//! Data flows one way: `pages → components → api → client → sign_in → transport`.

#![forbid(unsafe_code)]

pub mod api;
pub mod app;
pub mod client;
pub mod components;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod context;
pub mod messages;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;
pub mod shell;
pub mod sign_in;
#[cfg(feature = "ssr")]
pub mod state;
#[cfg(feature = "ssr")]
pub mod tables;
pub mod transport;

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
