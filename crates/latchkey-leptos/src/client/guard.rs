//! The guard of routes and of parts of a page: who may see their content.

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

/// Decides whether the user of this tab may see what is guarded, for as long as that is there. Around the content of a
/// page it sends guests to the login page, with `?next=…`; around a part of one it redirects no user.
///
/// A live access token passes at once; otherwise one refresh decides, and only a definite refusal makes a guest.
pub fn use_admission(is_part: bool) -> RwSignal<Admission> {
    let session = use_session();
    let navigate = use_navigate();
    let location = use_location();
    let guarded_path = location.pathname.get_untracked();
    let admission = RwSignal::new(Admission::Undecided);

    Effect::new(move |_| match session.get() {
        AuthState::Unknown => {}
        AuthState::SignedIn(_) => {
            // A refresh by any other caller decides this one, too.
            session.track_record();
            decide(admission, false);
        }
        AuthState::Guest => {
            set(admission, Admission::Undecided);
            let path = location.pathname.get_untracked();
            // A user who logs out here is on the way to another page already.
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

/// Asks once more, because the user wants to know.
pub fn try_again(admission: RwSignal<Admission>) {
    decide(admission, true);
}

/// Where the user is, as one text: `/customers?page=2#top`.
fn address(path: &str, search: &str, hash: &str) -> String {
    let mark = |mark: char, rest: &str| match rest.trim_start_matches(mark) {
        "" => String::new(),
        rest => format!("{mark}{rest}"),
    };
    format!("{path}{}{}", mark('?', search), mark('#', hash))
}

/// Admits the user, or asks the server. A refusal makes the session a guest's.
fn decide(admission: RwSignal<Admission>, asked_again: bool) {
    let tab = tab();
    // Not in the `match`: a reference into the signal would live until its end, and setting the signal would fail.
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

/// The guard may be gone by the time a refresh ends, and children must not be built anew for an unchanged admission.
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
