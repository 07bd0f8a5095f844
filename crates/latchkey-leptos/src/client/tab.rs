//! The session of this tab, for code that has no reactive owner to take a context from.

use super::browser::Browser;
use latchkey_client::SessionClient;

thread_local! {
    /// One page is one thread, and has one session. Leptos asks the client of a server function for a static method, and
    /// calls it in tasks that have no context: so this is the one thread-local value of the pages. It is never touched on
    /// the server.
    static TAB: SessionClient<Browser> = SessionClient::new(Browser::default());
}

/// The session of this tab. Browser only.
pub fn tab() -> SessionClient<Browser> {
    TAB.with(Clone::clone)
}
