//! A view whose code the browser downloads only when it is to be shown, so that the first page comes quickly.

use crate::{api::ApiError, components::failed::Failed};
use leptos::{prelude::*, reactive::computed::ScopedFuture, task::spawn_local};
use std::{future::Future, pin::Pin};

/// A view that is on its way.
pub type Coming = Pin<Box<dyn Future<Output = Result<AnyView, ApiError>>>>;

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
            #[wasm_split_helpers::wasm_split($name, fallible)]
            fn view() -> Result<leptos::prelude::AnyView, $crate::api::ApiError> {
                Ok(leptos::prelude::IntoAny::into_any($view))
            }
            #[cfg(not(feature = "split"))]
            async fn view() -> Result<leptos::prelude::AnyView, $crate::api::ApiError> {
                Ok(leptos::prelude::IntoAny::into_any($view))
            }
            Box::pin(view())
        }
    };
}

/// A file that did not come: the connection is at fault, or a newer version has taken its place.
#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for ApiError {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self::Unreachable
    }
}

/// Shows what [`later!`](crate::later) has made, and until it is here that it is coming. Browser only.
#[component]
pub fn Later(view: fn() -> Coming) -> impl IntoView {
    let arrived = RwSignal::new(None::<Result<(), ApiError>>);
    let content = StoredValue::new_local(None::<AnyView>);
    let load = move || {
        // The view belongs to this place, also when it is made after the download.
        let coming = ScopedFuture::new(view());
        spawn_local(async move {
            let outcome = coming.await.map(|view| {
                // The place may be gone meanwhile.
                content.try_set_value(Some(view));
            });
            arrived.try_set(Some(outcome));
        });
    };
    load();

    move || match arrived.get() {
        None => view! {
            <p class="quiet" role="status">
                "Loading…"
            </p>
        }
        .into_any(),
        Some(Ok(())) => content.try_update_value(Option::take).flatten().into_any(),
        Some(Err(error)) => view! {
            <Failed
                error
                again=move |()| {
                    arrived.set(None);
                    load();
                }
            />
        }
        .into_any(),
    }
}
