//! A view whose code the browser downloads only when it is to be shown, so that the first page comes quickly.

use crate::messages::{self, LOADING};
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use latchkey_leptos::{
    client::{
        session::use_session,
        version::{Version, version_on_server},
    },
    components::{announce::Loading, failed::Failed, place::place},
    messages::of_error,
};
use latchkey_wire::ApiError;
use leptos::{prelude::*, task::spawn_local};
use std::{future::Future, pin::Pin};

/// After so long the page stops saying that a part is coming.
const TIME_LIMIT_MS: u32 = 30_000;

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
/// by a button, and whenever there are fresh tokens or a network again. Browser only, and the only content of its element.
#[component]
pub fn Later(view: fn() -> Coming) -> impl IntoView {
    let session = use_session();
    let state = RwSignal::new(State::Loading);
    let load = move || {
        state.set(State::Loading);
        let mut coming = view();
        spawn_local(async move {
            let view = match select(&mut coming, TimeoutFuture::new(TIME_LIMIT_MS)).await {
                Either::Left((view, _)) => view,
                Either::Right(_) => {
                    state.try_set(State::Failed(version_on_server().await));
                    coming.await
                }
            };
            let outcome = match view {
                Some(view) => State::Arrived(view),
                None => State::Failed(version_on_server().await),
            };
            // The place may be gone meanwhile.
            state.try_set(outcome);
        });
    };
    Effect::new(move |before: Option<()>| {
        session.track_recovery();
        if before.is_none() || matches!(*state.read_untracked(), State::Failed(_)) {
            load();
        }
    });

    place(move || match &*state.read() {
        State::Loading => view! { <Loading text=LOADING /> }.into_any(),
        State::Arrived(view) => view(),
        State::Failed(Ok(Version::Newer)) => newer_version(!session.is_in_memory()),
        State::Failed(Ok(Version::Same)) => failed(messages::PART_BLOCKED.to_owned(), load),
        State::Failed(Err(error)) => failed(of_error(error), load),
    })
}

/// How far a part has come.
enum State {
    Loading,
    Arrived(fn() -> AnyView),
    /// Its file did not come.
    Failed(Result<Version, ApiError>),
}

fn failed(text: String, again: impl Fn() + Send + Sync + 'static) -> AnyView {
    view! { <Failed text again=move |()| again() /> }.into_any()
}

/// The script of the shell listens to the button.
fn newer_version(is_session_stored: bool) -> AnyView {
    view! {
        <p class="alert" role="alert">
            {messages::newer_version(is_session_stored)}
        </p>
        <button type="button" data-reload="">
            {messages::start::RELOAD}
        </button>
    }
    .into_any()
}
