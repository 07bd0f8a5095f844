//! `/customers`: a sample of protected data on a guarded page.

mod names;
mod table;

use crate::{
    api::customers::customers,
    components::{lazy::Lazy, loaded::loaded},
    lazy, messages,
};
use latchkey_leptos::{client::load::load_and_retry, components::guard::Guard};
use latchkey_wire::ApiError;
use leptos::prelude::*;
use leptos_meta::Title;
use names::Names;

/// The page. Title and heading are outside the guard, so the server renders them.
#[component]
pub fn Customers() -> impl IntoView {
    view! {
        <Title text="Customers" />
        <h1>"Customers"</h1>
        <div>
            <Guard>
                <Lazy view=customer_list />
            </Guard>
        </div>
    }
}

lazy! {
    fn customer_list() {
        view! { <List /> }
    }
}

/// The customers, or a message if the user lacks the role.
#[component]
fn List() -> impl IntoView {
    let load = Action::new(|(): &()| async {
        match customers().await {
            Err(ApiError::InsufficientScope) => Ok(None),
            answer => answer.map(Some),
        }
    });
    load_and_retry(load);
    loaded(load, messages::LOADING_CUSTOMERS, |names| match names {
        Some(names) => view! { <Names names /> }.into_any(),
        None => view! {
            <p class="alert" role="alert">
                {messages::NEEDS_MANAGER}
            </p>
        }
        .into_any(),
    })
}
