//! Code that login and registration share.

use crate::client::{
    next::{HOME, next_in, safe_next},
    session::{AuthState, use_session},
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

/// The page after the sign-in, already validated.
pub fn use_next() -> Memo<String> {
    let (query, guest_pages) = (use_location().search, use_session().guest_pages());
    Memo::new(move |_| next_in(&query.read()).map_or_else(|| HOME.to_owned(), |next| safe_next(&next, guest_pages)))
}

/// Navigates as soon as a user is signed in, by this page's form, from the storage or in another tab. It replaces the
/// history entry, so that Back does not lead to a form that redirects again.
pub fn redirect_when_signed_in(next: Memo<String>) {
    let session = use_session();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if matches!(session.get(), AuthState::SignedIn(_)) {
            navigate(&next.get_untracked(), NavigateOptions { replace: true, ..Default::default() });
        }
    });
}
