//! The elements that Latchkey needs in the `head` of the document.

use crate::transport::prefix::META;
use leptos::prelude::*;

/// Tells the browser the [prefix](latchkey_axum::settings::PathPrefix) of Latchkey's routes. Put it into the `head` of
/// the shell, which only the server renders. Without a prefix it renders nothing.
#[component]
pub fn Head() -> impl IntoView {
    prefix().map(|prefix| view! { <meta name=META content=prefix /> })
}

#[cfg(feature = "ssr")]
fn prefix() -> Option<String> {
    let state = use_context::<std::sync::Arc<latchkey_axum::ServerState>>()?;
    let prefix = &state.settings.prefix;
    (!prefix.is_root()).then(|| prefix.to_string())
}

#[cfg(not(feature = "ssr"))]
fn prefix() -> Option<String> {
    None
}
