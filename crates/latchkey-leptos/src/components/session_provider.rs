//! The session as a component, around the views that use it.

use crate::client::{
    keep_fresh::keep_fresh,
    provide::{provide_event_log, provide_session},
};
use leptos::prelude::*;

/// Provides the session of this tab to its children, which read it by
/// [`use_session`](crate::client::session::use_session), and keeps its tokens fresh while the page is open.
#[component]
pub fn SessionProvider(children: Children) -> impl IntoView {
    provide_event_log();
    provide_session();
    keep_fresh();
    children()
}
