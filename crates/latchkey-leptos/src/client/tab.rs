//! The session of this tab, for code without a reactive owner, which cannot use a context.

use super::browser::Browser;
use latchkey_client::SessionClient;

thread_local! {
    /// A page has one thread and one session. Leptos requires a static method of the client of a server function, and
    /// calls it in tasks without a context, so the session is a thread-local value. The server does not use it.
    static TAB: SessionClient<Browser> = SessionClient::new(Browser::default());
}

/// The session of this tab. Browser only.
pub fn tab() -> SessionClient<Browser> {
    TAB.with(Clone::clone)
}
