//! Who one is here.

use crate::client::session::use_session;
use leptos::prelude::*;

/// The names and the roles, as the session has them.
#[component]
pub fn Profile() -> impl IntoView {
    let session = use_session();
    view! {
        <section aria-labelledby="profile">
            <h2 id="profile">"Profile"</h2>
            {move || {
                session
                    .user()
                    .map(|user| {
                        let roles = if user.roles.is_empty() { "None".to_owned() } else { user.roles.join(", ") };
                        view! {
                            <dl class="facts">
                                <dt>"Display name"</dt>
                                <dd dir="auto">{user.display_name}</dd>
                                <dt>"Username"</dt>
                                <dd dir="auto">{user.username}</dd>
                                <dt>"Roles"</dt>
                                <dd>{roles}</dd>
                            </dl>
                        }
                    })
            }}
        </section>
    }
}
