//! Details of the signed-in user.

use latchkey_wire::User;
use leptos::prelude::*;

/// The username and the roles, as entries of a `dl`.
pub fn user_facts(user: User) -> impl IntoView {
    let roles = if user.roles.is_empty() { "None".to_owned() } else { user.roles.join(", ") };
    view! {
        <dt>"Username"</dt>
        <dd>
            <span dir="auto">{user.username}</span>
        </dd>
        <dt>"Roles"</dt>
        <dd>{roles}</dd>
    }
}
