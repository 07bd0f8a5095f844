//! The guard as a component, for a page or a part of one.

use super::{announce::Loading, dynamic::dynamic, load_error::LoadError};
use crate::{
    client::{
        guard::{Admission, try_again, use_admission},
        session::use_session,
    },
    messages::{CHECKING_SESSION, NEEDS_PROGRAM, NOT_ALLOWED, session_not_checked},
};
use latchkey_wire::User;
use leptos::prelude::*;

/// Shows its children to signed-in users, or with `roles` only to users with one of these roles:
/// `<Guard roles=["Manager"]>`. Other users see a message that they have no access, or `forbidden` if it is given.
/// Guests are redirected to the login page, with `?next=…`; a guard for a part of a page shows them `guest` instead.
///
/// A guard decides only what to show, by the roles of the last sign-in or refresh. The server must check the role in each
/// request for the data.
///
/// The server cannot see the tokens, so it renders a placeholder, and protected data are never in its HTML. The guard
/// must be the only content of its parent element: see [`dynamic`].
#[component]
pub fn Guard(
    /// Shown to guests; without it, they are redirected to the login page.
    #[prop(optional, into)]
    guest: Option<ViewFn>,
    /// Roles of which a user needs one. Without them, every signed-in user is admitted.
    #[prop(optional, into)]
    roles: Vec<&'static str>,
    /// Shown to signed-in users who have none of the roles.
    #[prop(optional, into)]
    forbidden: Option<ViewFn>,
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let admission = use_admission(guest.is_some());
    // The children are keyed by the user, because another user has other data.
    let user = Memo::new(move |_| session.user().map(|user| (may_see(&roles, &user), user.id)));

    dynamic(move || match (admission.get(), user.get(), &guest) {
        (Admission::Pass, Some((true, _)), _) => children().into_any(),
        (Admission::Pass, Some((false, _)), _) => match &forbidden {
            Some(forbidden) => forbidden.run().into_any(),
            None => view! { <p class="notice" role="alert">{NOT_ALLOWED}</p> }.into_any(),
        },
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

/// Whether the user has one of the roles, if there are any.
fn may_see(roles: &[&str], user: &User) -> bool {
    roles.is_empty() || roles.iter().any(|role| user.has_role(role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guard_with_roles_admits_a_user_who_has_one_of_them() {
        let user = |roles: &[&str]| User {
            id: "1".to_owned(),
            username: "ada".to_owned(),
            display_name: "Ada".to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            fields: Default::default(),
        };
        for (roles, own, wanted) in [
            (&[][..], &[][..], true),
            (&[], &["Reader"], true),
            (&["Manager"], &["Manager"], true),
            (&["Manager", "Auditor"], &["Reader", "Auditor"], true),
            (&["Manager"], &[], false),
            (&["Manager"], &["Reader", "manager"], false),
        ] {
            assert_eq!(may_see(roles, &user(own)), wanted, "{roles:?} {own:?}");
        }
    }
}
