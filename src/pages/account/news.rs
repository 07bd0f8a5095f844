//! The place where a section of the account shows the outcome of an action.

use leptos::{html, prelude::*};

/// Moves the focus to the news, unless the user has moved it elsewhere on the page by now.
pub fn focus_news(news: NodeRef<html::Div>) {
    let Some(news) = news.get_untracked() else { return };
    let (section, focused) = (news.parent_element(), document().active_element());
    let is_elsewhere = focused.is_some_and(|focused| {
        focused.tag_name() != "BODY" && section.is_some_and(|section| !section.contains(Some(&focused)))
    });
    if !is_elsewhere {
        // The news are announced with or without the focus.
        let _ = news.focus();
    }
}
