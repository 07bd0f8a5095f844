//! Shows data from the server, a loading text, or an error.

use latchkey_leptos::{
    components::{
        announce::Loading,
        dynamic::{Dynamic, dynamic},
        load_error::LoadError,
    },
    messages::error_text,
};
use latchkey_wire::ApiError;
use leptos::prelude::*;

/// The data of `load`, rendered by `shown`. Before the first result it shows a loading text, after a failure a button
/// to retry. During a reload the previous data stay visible. It must be the only content of its parent element.
pub fn loaded<T: Clone + Send + Sync + 'static>(
    load: Action<(), Result<T, ApiError>>,
    loading_text: &'static str,
    shown: impl Fn(T) -> AnyView + Send + 'static,
) -> Dynamic {
    // `Some(Ok(_))` does not read `pending`, so a reload renders the view again only when it has finished.
    dynamic(move || match load.value().get() {
        Some(Ok(value)) => shown(value),
        Some(Err(error)) if !load.pending().get() => view! {
            <LoadError
                text=error_text(&error)
                again=move |()| {
                    load.dispatch(());
                }
            />
        }
        .into_any(),
        None | Some(Err(_)) => view! { <Loading text=loading_text /> }.into_any(),
    })
}
