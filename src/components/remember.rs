//! The checkbox that decides how long a sign-in lasts.

use leptos::{html, prelude::*};

/// "Keep me signed in".
#[component]
pub fn Remember(node_ref: NodeRef<html::Input>) -> impl IntoView {
    view! {
        <label class="checkbox">
            <input type="checkbox" name="remember" node_ref=node_ref />
            <span>"Keep me signed in"</span>
        </label>
    }
}
