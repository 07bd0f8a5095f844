//! What a user has done with an input.

use leptos::{html, prelude::*};

/// What stands in a text input now.
pub fn typed(input: NodeRef<html::Input>) -> String {
    // A field that is taken away loses the focus, and whoever hears of that finds no input any more.
    input.try_get_untracked().flatten().map(|input| input.value()).unwrap_or_default()
}

/// Whether a checkbox is ticked now.
pub fn ticked(input: NodeRef<html::Input>) -> bool {
    input.get_untracked().is_some_and(|input| input.checked())
}
