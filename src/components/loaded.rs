//! Data from the server, in each of its states.

use super::{
    announce::Loading,
    failed::Failed,
    place::{Place, place},
};
use crate::messages;
use latchkey_wire::ApiError;
use leptos::prelude::*;

/// What `load` has got, as `shown` shows it; until then that it is coming, and after a failure a way to try again.
/// What is shown stays while it is loaded anew. It is the only content of its element.
pub fn loaded<T: Clone + Send + Sync + 'static>(
    load: Action<(), Result<T, ApiError>>,
    coming: &'static str,
    shown: impl Fn(T) -> AnyView + Send + 'static,
) -> Place {
    // What there is to show is made anew only when there is something else to show.
    place(move || match load.value().get() {
        Some(Ok(value)) => shown(value),
        Some(Err(error)) if !load.pending().get() => view! {
            <Failed
                text=messages::of_error(&error)
                again=move |()| {
                    load.dispatch(());
                }
            />
        }
        .into_any(),
        None | Some(Err(_)) => view! { <Loading text=coming /> }.into_any(),
    })
}
