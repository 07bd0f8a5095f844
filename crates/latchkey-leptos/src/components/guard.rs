//! The guard as a component, for a page or a part of one.

use super::{announce::Loading, dynamic::dynamic, load_error::LoadError};
use crate::{
    client::{
        guard::{Admission, try_again, use_admission},
        session::use_session,
    },
    messages::{CHECKING_SESSION, NEEDS_PROGRAM, session_not_checked},
};
use leptos::prelude::*;

/// Shows its children to signed-in users. It redirects guests to `/login?next=…`, or shows them `guest` instead if that
/// is given, for a part of a page.
///
/// The server cannot see the tokens, so it renders a placeholder, and protected data are never in its HTML. The guard
/// must be the only content of its parent element: see [`dynamic`].
#[component]
pub fn Guard(#[prop(optional, into)] guest: Option<ViewFn>, children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    let admission = use_admission(guest.is_some());
    // The children are keyed by the user, because another user has other data.
    let user_id = Memo::new(move |_| session.user().map(|user| user.id));

    dynamic(move || match (admission.get(), user_id.get(), &guest) {
        (Admission::Pass, Some(_), _) => children().into_any(),
        (Admission::Failed(error), _, _) => {
            view! { <LoadError text=session_not_checked(&error) again=move |()| try_again(admission) /> }.into_any()
        }
        (Admission::Pass | Admission::Undecided, None, Some(guest)) => guest.run().into_any(),
        (Admission::Pass | Admission::Undecided, _, _) => view! {
            <Loading text=CHECKING_SESSION />
            <noscript>
                <p class="notice">{NEEDS_PROGRAM}</p>
            </noscript>
        }
        .into_any(),
    })
}
