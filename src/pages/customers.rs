//! `/customers`: the sample of protected data, and of a guarded page.

mod names;
mod table;

use crate::{
    api::{ApiError, customers::customers},
    client::{guard::Guard, load::keep_loaded},
    components::{failed::Failed, later::Later},
    later, messages,
};
use leptos::prelude::*;
use leptos_meta::Title;
use names::Names;

/// Title and heading are no secret and stand outside the guard, so that the page has them from the start.
#[component]
pub fn Customers() -> impl IntoView {
    view! {
        <Title text="Customers" />
        <h1>"Customers"</h1>
        <Guard>
            <Later view=customer_list />
        </Guard>
    }
}

later! {
    fn customer_list() {
        view! { <List /> }
    }
}

/// Loads the customers and says how it went.
#[component]
fn List() -> impl IntoView {
    let load = Action::new(|(): &()| customers());
    keep_loaded(load);

    view! {
        {move || match load.value().get() {
            _ if load.pending().get() => view! { <Loading /> }.into_any(),
            None => view! { <Loading /> }.into_any(),
            Some(Ok(names)) => view! { <Names names /> }.into_any(),
            Some(Err(ApiError::InsufficientScope)) => view! { <NotAllowed /> }.into_any(),
            Some(Err(error)) => {
                view! {
                    <Failed
                        error
                        again=move |()| {
                            load.dispatch(());
                        }
                    />
                }
                    .into_any()
            }
        }}
    }
}

#[component]
fn Loading() -> impl IntoView {
    view! {
        <p class="quiet loading" role="status">
            {messages::LOADING_CUSTOMERS}
        </p>
    }
}

#[component]
fn NotAllowed() -> impl IntoView {
    view! {
        <p class="alert" role="alert">
            {messages::NEEDS_MANAGER}
        </p>
    }
}
