//! Lazily loaded views: the browser downloads their code when they are shown first, so that the first page loads
//! faster.

use crate::messages::{self, LOADING};
use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use latchkey_leptos::{
    client::{
        session::use_session,
        version::{Version, version_on_server},
    },
    components::{announce::Loading, dynamic::dynamic, load_error::LoadError},
    messages::error_text,
};
use latchkey_wire::ApiError;
use leptos::{prelude::*, task::spawn_local};
use std::{future::Future, pin::Pin};

/// The time in milliseconds after which the view shows an error instead of the loading text.
const TIME_LIMIT_MS: u32 = 30_000;

/// A view's function while it is being downloaded. `None` if the download fails: the connection is lost, or the server
/// has a newer version.
pub type LazyView = Pin<Box<dyn Future<Output = Option<fn() -> AnyView>>>>;

/// Defines a function for [`Lazy`] from a view. With the feature `split` and `cargo leptos build --split`, the code of
/// the view is a separate file; otherwise it is part of the program.
///
/// Do not use it for views that the server renders, because hydration needs their code at once.
#[macro_export]
macro_rules! lazy {
    ($(#[$doc:meta])* fn $name:ident() $view:block) => {
        $(#[$doc])*
        fn $name() -> $crate::components::lazy::LazyView {
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

/// Shows a view that was defined with [`lazy!`](crate::lazy), and a loading text until it has been downloaded. A failed
/// download is retried by a button, and when there are fresh tokens or the network is back. Use it in the browser only,
/// as the only content of its parent element.
#[component]
pub fn Lazy(view: fn() -> LazyView) -> impl IntoView {
    let session = use_session();
    let state = RwSignal::new(State::Loading);
    let load = move || {
        state.set(State::Loading);
        let mut download = view();
        spawn_local(async move {
            let view = match select(&mut download, TimeoutFuture::new(TIME_LIMIT_MS)).await {
                Either::Left((view, _)) => view,
                Either::Right(_) => {
                    state.try_set(State::Failed(version_on_server().await));
                    download.await
                }
            };
            let outcome = match view {
                Some(view) => State::Arrived(view),
                None => State::Failed(version_on_server().await),
            };
            // The view may have been removed in the meantime.
            state.try_set(outcome);
        });
    };
    Effect::new(move |before: Option<()>| {
        session.track_recovery();
        if before.is_none() || matches!(*state.read_untracked(), State::Failed(_)) {
            load();
        }
    });

    dynamic(move || match &*state.read() {
        State::Loading => view! { <Loading text=LOADING /> }.into_any(),
        State::Arrived(view) => view(),
        State::Failed(Ok(Version::Newer)) => newer_version(!session.is_in_memory()),
        State::Failed(Ok(Version::Same)) => failed(messages::PART_BLOCKED.to_owned(), load),
        State::Failed(Err(error)) => failed(error_text(error), load),
    })
}

/// The state of the download.
enum State {
    Loading,
    Arrived(fn() -> AnyView),
    /// The download failed. The result is that of asking the server for its version.
    Failed(Result<Version, ApiError>),
}

fn failed(text: String, again: impl Fn() + Send + Sync + 'static) -> AnyView {
    view! { <LoadError text again=move |()| again() /> }.into_any()
}

/// `watch.js` listens to the button.
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
