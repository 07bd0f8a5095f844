//! The route guard: what stands inside it is for signed-in users.

use super::{
    clock,
    next::with_next,
    refresh::{Outcome, refresh},
    session::{self, Session, use_session},
    storage,
};
use crate::api::ApiError;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

/// What the guard has found out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Undecided,
    Pass,
    /// No verdict to be had: the server did not answer, or not sensibly.
    Failed(ApiError),
}

/// Shows its children to signed-in users and sends others to `/login?next=…`.
///
/// A live access token passes at once; otherwise one refresh decides, and only a definite refusal redirects. The
/// server renders the placeholder, because it cannot see the tokens; so no protected data is ever in its HTML.
#[component]
pub fn Guard(children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let location = use_location();
    let guarded_path = location.pathname.get_untracked();
    let verdict = RwSignal::new(Verdict::Undecided);
    // A change of user means other data, so the children are keyed by it.
    let user_id = Memo::new(move |_| session.user().map(|user| user.id));

    Effect::new(move |_| match session.get() {
        Session::Unknown => {}
        Session::SignedIn(_) => {
            // So that a refresh of anybody's ends the waiting.
            session.track_record();
            decide(verdict);
        }
        Session::Guest => {
            set(verdict, Verdict::Undecided);
            let path = location.pathname.get_untracked();
            // Whoever logs out here is on the way to another page already.
            if path == guarded_path {
                let search = location.search.get_untracked();
                let here = if search.is_empty() { path } else { format!("{path}?{search}") };
                navigate(&with_next("/login", &here), NavigateOptions { replace: true, ..Default::default() });
            }
        }
    });

    move || match verdict.get() {
        Verdict::Pass if user_id.get().is_some() => children().into_any(),
        Verdict::Pass | Verdict::Undecided => {
            view! { <p class="quiet" role="status">"Checking your session…"</p> }.into_any()
        }
        Verdict::Failed(error) => view! {
            <p role="status">{format!("Your session could not be checked. {}", error.message())}</p>
            <button type="button" on:click=move |_| decide(verdict)>"Try again"</button>
        }
        .into_any(),
    }
}

/// Lets a live token pass, or asks the server. A refusal needs no verdict: it makes the session a guest's. Who has
/// passed stays in until then, also while an expired token is being refreshed.
fn decide(verdict: RwSignal<Verdict>) {
    // The tokens are gone, and nobody has said so: somebody cleared the storage of this very tab.
    let Some(record) = storage::read() else { return session::sync() };
    if verdict.get_untracked() == Verdict::Pass || clock::standing(&record).is_alive() {
        return set(verdict, Verdict::Pass);
    }
    set(verdict, Verdict::Undecided);
    spawn_local(async move {
        match refresh(&record).await {
            Outcome::Refreshed(_) => set(verdict, Verdict::Pass),
            Outcome::Failed(error) => set(verdict, Verdict::Failed(error)),
            Outcome::Refused(_) => {}
        }
    });
}

/// The guard may be gone by the time a refresh ends, and children must not be built anew for an unchanged verdict.
fn set(verdict: RwSignal<Verdict>, value: Verdict) {
    if verdict.try_get_untracked().is_some_and(|known| known != value) {
        verdict.set(value);
    }
}
