//! `/account`: what belongs to the signed-in user.

mod delete;
mod devices;
mod news;
mod password;
mod profile;
mod security_log;
mod whose;

use crate::{
    components::{guard::Guard, later::Later},
    later,
};
use delete::Delete;
use devices::Devices;
use leptos::prelude::*;
use leptos_meta::Title;
use password::Password;
use profile::Profile;
use security_log::SecurityLog;

/// The account's pieces, one below the other.
#[component]
pub fn Account() -> impl IntoView {
    view! {
        <Title text="Your account" />
        <h1>"Your account"</h1>
        <Guard>
            <Later view=account />
        </Guard>
    }
}

later! {
    /// What one piece changes, another may show.
    fn account() {
        let changed = Trigger::new();
        view! {
            <Profile />
            <Devices changed />
            <Password changed />
            <SecurityLog changed />
            <Delete />
        }
    }
}
