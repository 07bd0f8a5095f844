//! What login and registration have in common.

use crate::client::{
    next::{HOME, next_in, safe_next},
    session::{AuthState, use_session},
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

/// The page to go on to after signing in, already checked.
pub fn use_next() -> Memo<String> {
    let query = use_location().search;
    Memo::new(move |_| next_in(&query.read()).map_or_else(|| HOME.to_owned(), |next| safe_next(&next)))
}

/// Goes on as soon as a user is signed in, by this page's form, from the storage or in another tab. It replaces the
/// page in the history, so that Back does not lead to a form that redirects forward again.
pub fn go_on_when_signed_in(next: Memo<String>) {
    let session = use_session();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if matches!(session.get(), AuthState::SignedIn(_)) {
            navigate(&next.get_untracked(), NavigateOptions { replace: true, ..Default::default() });
        }
    });
}
