//! The guard of pages and of parts of a page, which decides whether to show their content.

use super::{
    next::with_next,
    session::{AuthState, use_session},
    tab::tab,
};
pub use latchkey_client::Admission;
use latchkey_client::GuardStep;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

/// Decides whether to show the guarded content to the user of this tab, for as long as the guard exists. A guard around
/// a whole page redirects guests to the login page, with `?next=…`; a guard around a part of a page (`is_part`) does
/// not redirect.
///
/// A live access token is enough; otherwise one refresh decides. Only a definite refusal by the server makes the user a
/// guest.
pub fn use_admission(is_part: bool) -> RwSignal<Admission> {
    let session = use_session();
    let navigate = use_navigate();
    let location = use_location();
    let guarded_path = location.pathname.get_untracked();
    let admission = RwSignal::new(Admission::Undecided);

    Effect::new(move |_| match session.get() {
        AuthState::Unknown => {}
        AuthState::SignedIn(_) => {
            // A refresh by any other caller also decides for this guard.
            session.track_record();
            decide(admission, false);
        }
        AuthState::Guest => {
            set(admission, Admission::Undecided);
            let path = location.pathname.get_untracked();
            // After a logout on this page, a navigation to another page may already be in progress.
            if !is_part && path == guarded_path {
                let here = address(&path, &location.search.get_untracked(), &location.hash.get_untracked());
                navigate(
                    &with_next(session.guest_pages().login, &here),
                    NavigateOptions { replace: true, ..Default::default() },
                );
            }
        }
    });
    admission
}

/// Tries again at the user's request.
pub fn try_again(admission: RwSignal<Admission>) {
    decide(admission, true);
}

/// The address of the current page as one text: `/customers?page=2#top`.
fn address(path: &str, search: &str, hash: &str) -> String {
    let mark = |mark: char, rest: &str| match rest.trim_start_matches(mark) {
        "" => String::new(),
        rest => format!("{mark}{rest}"),
    };
    format!("{path}{}{}", mark('?', search), mark('#', hash))
}

/// Admits the user, or asks the server. If the server refuses, the user is a guest.
fn decide(admission: RwSignal<Admission>, asked_again: bool) {
    let tab = tab();
    // Not inside the `match`, because the borrow of the signal would last until its end, and setting the signal would
    // fail.
    let step = tab.guard(&admission.get_untracked(), asked_again);
    match step {
        Some((GuardStep::Admit, _)) => set(admission, Admission::Pass),
        Some((GuardStep::Ask, record)) => {
            set(admission, Admission::Undecided);
            spawn_local(async move {
                if let Some(decided) = tab.ask_for_guard(&record).await {
                    set(admission, decided);
                }
            });
        }
        Some((GuardStep::Wait, _)) | None => {}
    }
}

/// Sets the admission, unless the guard no longer exists. An unchanged value is not set, because that would rebuild the
/// children.
fn set(admission: RwSignal<Admission>, value: Admission) {
    if admission.try_get_untracked().is_some_and(|known| known != value) {
        admission.set(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_keeps_query_and_fragment() {
        assert_eq!(address("/a", "", ""), "/a");
        assert_eq!(address("/a", "b=c", ""), "/a?b=c");
        assert_eq!(address("/a", "?b=c", "#d"), "/a?b=c#d");
        assert_eq!(address("/a", "", "d"), "/a#d");
    }
}
