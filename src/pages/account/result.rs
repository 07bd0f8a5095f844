//! Focuses the element in which a section shows the result of an action.

use leptos::{html, prelude::*};

/// Moves the focus to the result, unless the user has moved it outside of the section.
pub fn focus_result(news: NodeRef<html::Div>) {
    let Some(news) = news.get_untracked() else { return };
    let (section, focused) = (news.parent_element(), document().active_element());
    let is_elsewhere = focused.is_some_and(|focused| {
        focused.tag_name() != "BODY" && section.is_some_and(|section| !section.contains(Some(&focused)))
    });
    if !is_elsewhere {
        // Moving the focus is optional: screen readers announce the result anyway.
        let _ = news.focus();
    }
}
