//! A hidden field with the username, for password managers.

use latchkey_leptos::client::session::use_session;
use leptos::{html, prelude::*};

/// The hidden field. Without it, password managers do not know which account a password belongs to.
pub fn username_field(node_ref: NodeRef<html::Input>) -> impl IntoView {
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
