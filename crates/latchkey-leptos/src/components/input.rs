//! Reads inputs.

use leptos::{html, prelude::*, web_sys::HtmlInputElement};
use wasm_bindgen::JsCast;

/// The current text of a text input.
pub fn typed(input: NodeRef<html::Input>) -> String {
    in_document(input).map(|input| input.value()).unwrap_or_default()
}

/// Whether a checkbox is ticked now.
pub fn ticked(input: NodeRef<html::Input>) -> bool {
    in_document(input).is_some_and(|input| input.checked())
}

/// The input, or the one with which other software, such as a password manager, has replaced it. `None` if the page has
/// been left, because removing a focused input fires an event.
pub fn in_document(input: NodeRef<html::Input>) -> Option<HtmlInputElement> {
    let input = input.try_get_untracked().flatten()?;
    if input.is_connected() {
        return Some(input);
    }
    // By the id first: hidden fields of other software may have the same name.
    let (id, name) = (input.id(), input.name());
    let by_id = (!id.is_empty()).then(|| format!("[id='{id}']"));
    let by_name = (!name.is_empty()).then(|| format!("[name='{name}'][type='{}']", input.type_()));
    let replacement = by_id.into_iter().chain(by_name).find_map(|selector| {
        document().query_selector(&format!("#app[data-structure] input{selector}")).ok().flatten()?.dyn_into().ok()
    });
    replacement.or(Some(input))
}
