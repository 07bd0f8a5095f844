//! Data from the server, in each of its states.

use latchkey_leptos::{
    components::{
        announce::Loading,
        failed::Failed,
        place::{Place, place},
    },
    messages::of_error,
};
use latchkey_wire::ApiError;
use leptos::prelude::*;

/// The data of `load`, as `shown` shows them; until then a loading text, and after a failure a button to try again.
/// What is shown stays while it is loaded anew. It is the only content of its element.
pub fn loaded<T: Clone + Send + Sync + 'static>(
    load: Action<(), Result<T, ApiError>>,
    coming: &'static str,
    shown: impl Fn(T) -> AnyView + Send + 'static,
) -> Place {
    // The view is built anew only when the data have changed.
    place(move || match load.value().get() {
        Some(Ok(value)) => shown(value),
        Some(Err(error)) if !load.pending().get() => view! {
            <Failed
                text=of_error(&error)
                again=move |()| {
                    load.dispatch(());
                }
            />
        }
        .into_any(),
        None | Some(Err(_)) => view! { <Loading text=coming /> }.into_any(),
    })
}
