//! The checkbox that decides how long a sign-in lasts.

use leptos::{html, prelude::*};

/// "Keep me signed in", ticked by default.
#[component]
pub fn Remember(
    /// The checkbox, for the form to read.
    node_ref: NodeRef<html::Input>,
) -> impl IntoView {
    view! {
        <label class="checkbox">
            <input type="checkbox" name="remember" checked=true aria-describedby="remember-hint" node_ref=node_ref />
            <span>"Keep me signed in on this device"</span>
        </label>
        <p class="hint" id="remember-hint">
            "Untick on a shared computer"
        </p>
    }
}
