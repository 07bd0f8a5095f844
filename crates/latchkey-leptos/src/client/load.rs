//! Data that a page shows: loaded when the page appears, and again when what failed is worth another try.

use super::session::use_session;
use latchkey_client::failure::is_passing;
use latchkey_wire::ApiError;
use leptos::prelude::*;

/// Starts the call now, and after a failure that may have passed whenever there are fresh tokens or a network again. A
/// mere look at the page repeats nothing.
pub fn load_and_retry<T: Clone + Send + Sync + 'static>(load: Action<(), Result<T, ApiError>>) {
    let session = use_session();
    Effect::new(move |_| {
        session.track_recovery();
        let wanted = load.value().with_untracked(|answer| match answer {
            None => true,
            Some(Ok(_)) => false,
            Some(Err(error)) => is_passing(error),
        });
        if wanted && !load.pending().get_untracked() {
            load.dispatch(());
        }
    });
}
