//! The guard of routes and of parts of a page: who may see their content.

use super::{
    clock,
    event_log::Why,
    next::with_next,
    refresh::{Outcome, refresh, reset_backoff},
    session::{self, AuthState, use_session},
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
    /// Unknown: the server did not answer, or not sensibly.
    Failed(ApiError),
}

/// Decides whether the user of this tab may see what is guarded, for as long as that is there. Around the content of a
/// page it sends other users to `/login?next=…`; around a part of one it redirects no one.
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
            if matches!(admission.get_untracked(), Admission::Failed(_)) {
                check_again(admission);
            } else {
                decide(admission);
            }
        }
        AuthState::Guest => {
            set(admission, Admission::Undecided);
            let path = location.pathname.get_untracked();
            // A user who logs out here is on the way to another page already.
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
    reset_backoff();
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

/// Admits a live token, or asks the server. A refusal makes the session a guest's. Until then an admitted user stays
/// admitted, also while an expired token is being refreshed.
fn decide(admission: RwSignal<Admission>) {
    // The tokens are gone without a logout: the storage of this very tab was cleared.
    let Some(record) = storage::read() else { return session::sync() };
    if admission.get_untracked() == Admission::Pass || clock::freshness(&record).is_alive() {
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

/// Admits the user once there are fresh tokens. It does not request any: the timer does.
fn check_again(admission: RwSignal<Admission>) {
    match storage::read() {
        None => session::sync(),
        Some(record) if clock::freshness(&record).is_alive() => set(admission, Admission::Pass),
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
