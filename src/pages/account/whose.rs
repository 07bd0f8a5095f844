//! Whose password is asked for.

use latchkey_leptos::client::session::use_session;
use leptos::{html, prelude::*};

/// The username, unseen: password managers must know whose password it is.
pub fn whose(node_ref: NodeRef<html::Input>) -> impl IntoView {
    let session = use_session();
    view! {
        <input
            type="text"
            autocomplete="username"
            readonly
            hidden
            node_ref=node_ref
            value=move || session.user().map(|user| user.username)
        />
    }
}
