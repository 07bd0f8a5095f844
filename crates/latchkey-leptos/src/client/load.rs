//! Loads the data of a page when the page appears, and again after a temporary failure.

use super::session::use_session;
use latchkey_client::failure::is_passing;
use latchkey_wire::ApiError;
use leptos::prelude::*;

/// Starts the call now. After a temporary failure, starts it again whenever there are fresh tokens or the network is
/// back. Returning to the page does not repeat the call.
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
