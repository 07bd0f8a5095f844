//! A view whose code the browser downloads only when it is to be shown, so that the first page comes quickly.

use crate::{
    api::ApiError,
    client::session::use_session,
    components::{announce::Loading, failed::Failed},
    messages::{LOADING, RELOAD, of_error},
};
use leptos::{prelude::*, task::spawn_local};
use std::{future::Future, pin::Pin};

/// What makes a view, on its way. There is none if its file did not come: the connection is at fault, or a newer version
/// has taken the place of this one.
pub type Coming = Pin<Box<dyn Future<Output = Option<fn() -> AnyView>>>>;

/// Makes a function for [`Later`] of a view. With the feature `split` and `cargo leptos build --split` the code of the
/// view is a file of its own; otherwise it is there from the start.
///
/// What is rendered on the server cannot be shown later: it must be here when the page is hydrated.
#[macro_export]
macro_rules! later {
    ($(#[$doc:meta])* fn $name:ident() $view:block) => {
        $(#[$doc])*
        fn $name() -> $crate::components::later::Coming {
            #[cfg(feature = "split")]
            {
                use wasm_split_helpers::{SplitLoaderError, wasm_split};
                #[wasm_split($name, fallible)]
                fn view() -> Result<fn() -> leptos::prelude::AnyView, SplitLoaderError> {
                    Ok(|| leptos::prelude::IntoAny::into_any($view))
                }
                Box::pin(async { view().await.ok() })
            }
            #[cfg(not(feature = "split"))]
            {
                let view: fn() -> leptos::prelude::AnyView = || leptos::prelude::IntoAny::into_any($view);
                Box::pin(async move { Some(view) })
            }
        }
    };
}

/// Shows what [`later!`](crate::later) has made, and until it is here that it is coming. What did not come is tried again
/// by a button, and whenever there are fresh tokens or a network again. Browser only.
#[component]
pub fn Later(view: fn() -> Coming) -> impl IntoView {
    let session = use_session();
    let (arrived, failed) = (RwSignal::new(false), RwSignal::new(false));
    let content = StoredValue::new(None::<fn() -> AnyView>);
    let load = move || {
        failed.set(false);
        let coming = view();
        spawn_local(async move {
            let view = coming.await;
            let outcome = if view.is_some() { arrived } else { failed };
            // The place may be gone meanwhile.
            content.try_set_value(view);
            outcome.try_set(true);
        });
    };
    Effect::new(move |before: Option<()>| {
        session.track_recovery();
        if before.is_none() || failed.get_untracked() {
            load();
        }
    });

    move || {
        if arrived.get() {
            return content.get_value().map(|view| view()).into_any();
        }
        if failed.get() {
            return view! {
                <Failed text=of_error(&ApiError::Unreachable) again=move |()| load() />
                <p class="quiet">{RELOAD}</p>
            }
            .into_any();
        }
        view! { <Loading text=LOADING /> }.into_any()
    }
}
