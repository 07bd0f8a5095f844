//! The guard as a component: around the content of a page, or around a part of one.

use super::{announce::Loading, failed::Failed, place::place};
use crate::{
    client::{
        guard::{Admission, try_again, use_admission},
        session::use_session,
    },
    messages::{CHECKING_SESSION, NEEDS_PROGRAM, session_not_checked},
};
use leptos::prelude::*;

/// Shows its children to signed-in users. Around the content of a page it sends other users to `/login?next=…`; around
/// a part of one, with `guest`, it shows them that instead and redirects no one.
///
/// The server renders what stands there until it is decided, because it cannot see the tokens; so no protected data is
/// ever in its HTML. It is the only content of its element: see [`place`].
#[component]
pub fn Guard(#[prop(optional, into)] guest: Option<ViewFn>, children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    let admission = use_admission(guest.is_some());
    // A change of user means other data, so the children are keyed by it.
    let user_id = Memo::new(move |_| session.user().map(|user| user.id));

    place(move || match (admission.get(), user_id.get(), &guest) {
        (Admission::Pass, Some(_), _) => children().into_any(),
        (Admission::Failed(error), _, _) => {
            view! { <Failed text=session_not_checked(&error) again=move |()| try_again(admission) /> }.into_any()
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
