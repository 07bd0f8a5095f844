//! The guard of routes and of parts of a page: who may see what stands inside it.

use super::{
    clock,
    journal::Why,
    next::with_next,
    refresh::{Outcome, hurry, refresh},
    session::{self, Session, use_session},
    storage,
};
use latchkey_wire::ApiError;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

/// What the guard has found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    Undecided,
    Pass,
    /// No verdict to be had: the server did not answer, or not sensibly.
    Failed(ApiError),
}

/// Decides whether the user of this tab may see what is guarded, for as long as that is there. Around the content of a
/// page it sends everybody else to `/login?next=…`; around a part of one it sends nobody anywhere.
///
/// A live access token passes at once; otherwise one refresh decides, and only a definite refusal makes a guest.
pub fn use_admission(is_part: bool) -> RwSignal<Admission> {
    let session = use_session();
    let navigate = use_navigate();
    let location = use_location();
    let guarded_path = location.pathname.get_untracked();
    let admission = RwSignal::new(Admission::Undecided);

    Effect::new(move |_| match session.get() {
        Session::Unknown => {}
        Session::SignedIn(_) => {
            // So that a refresh of anybody's ends the waiting.
            session.track_record();
            if matches!(admission.get_untracked(), Admission::Failed(_)) {
                look_again(admission);
            } else {
                decide(admission);
            }
        }
        Session::Guest => {
            set(admission, Admission::Undecided);
            let path = location.pathname.get_untracked();
            // Whoever logs out here is on the way to another page already.
            if !is_part && path == guarded_path {
                let here = address(&path, &location.search.get_untracked(), &location.hash.get_untracked());
                navigate(&with_next("/login", &here), NavigateOptions { replace: true, ..Default::default() });
            }
        }
    });
    admission
}

/// Asks once more, because the user wants to know.
pub fn try_again(admission: RwSignal<Admission>) {
    hurry();
    decide(admission);
}

/// Where the user is, as one text: `/customers?page=2#top`.
fn address(path: &str, search: &str, hash: &str) -> String {
    let mark = |mark: char, rest: &str| match rest.trim_start_matches(mark) {
        "" => String::new(),
        rest => format!("{mark}{rest}"),
    };
    format!("{path}{}{}", mark('?', search), mark('#', hash))
}

/// Lets a live token pass, or asks the server. A refusal needs no admission: it makes the session a guest's. Who has
/// passed stays in until then, also while an expired token is being refreshed.
fn decide(admission: RwSignal<Admission>) {
    // The tokens are gone, and nobody has said so: somebody cleared the storage of this very tab.
    let Some(record) = storage::read() else { return session::sync() };
    if admission.get_untracked() == Admission::Pass || clock::standing(&record).is_alive() {
        return set(admission, Admission::Pass);
    }
    set(admission, Admission::Undecided);
    spawn_local(async move {
        match refresh(&record, Why::Guard).await {
            Outcome::Refreshed(_) => set(admission, Admission::Pass),
            Outcome::Failed(error) => set(admission, Admission::Failed(error)),
            Outcome::Refused(_) => {}
        }
    });
}

/// Lets pass whom fresh tokens have come for. It asks for none itself: that is the timer's to do, at its pace.
fn look_again(admission: RwSignal<Admission>) {
    match storage::read() {
        None => session::sync(),
        Some(record) if clock::standing(&record).is_alive() => set(admission, Admission::Pass),
        Some(_) => {}
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
    fn an_address_keeps_its_query_and_its_fragment() {
        assert_eq!(address("/a", "", ""), "/a");
        assert_eq!(address("/a", "b=c", ""), "/a?b=c");
        assert_eq!(address("/a", "?b=c", "#d"), "/a?b=c#d");
        assert_eq!(address("/a", "", "d"), "/a#d");
    }
}
