//! Who is signed in, as one signal that every page can read, and the ways to change it.

use super::storage::{self, Record};
use crate::api::{ApiError, Secret, account::User, auth, error::EndReason, token, token::Tokens};
use leptos::{ev, prelude::*, task::spawn_local};
use std::cell::Cell;

/// Who uses this tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// Not looked yet: on the server, and in the browser until the page is hydrated.
    Unknown,
    Guest,
    SignedIn(User),
}

/// The session of this tab, for views.
#[derive(Clone, Copy)]
pub struct SessionContext {
    session: RwSignal<Session>,
    end_reason: RwSignal<Option<EndReason>>,
    in_memory: RwSignal<bool>,
    record: RwSignal<()>,
    reconnecting: RwSignal<bool>,
}

impl SessionContext {
    /// Who is signed in; tracked.
    pub fn get(self) -> Session {
        self.session.get()
    }

    /// The signed-in user, if it is certain that there is one; tracked.
    pub fn user(self) -> Option<User> {
        match self.session.get() {
            Session::SignedIn(user) => Some(user),
            Session::Unknown | Session::Guest => None,
        }
    }

    /// Why the last session ended, unless by a plain logout; tracked.
    pub fn end_reason(self) -> Option<EndReason> {
        self.end_reason.get()
    }

    /// Wakes the reader whenever the stored record may have changed: other tokens, another user, none at all.
    pub fn track_record(self) {
        self.record.track();
    }

    /// Whether the tokens will not outlive this page, because the browser refused to store them; tracked.
    pub fn is_in_memory(self) -> bool {
        self.in_memory.get()
    }

    /// Whether refreshing has been failing for a while; tracked.
    pub fn is_reconnecting(self) -> bool {
        self.reconnecting.get()
    }
}

thread_local! {
    /// Set in the browser only, where one page is one thread. Server functions' clients have no reactive owner to take
    /// a context from, and it is they who find out that a session has ended.
    static TAB: Cell<Option<SessionContext>> = const { Cell::new(None) };
}

/// Provides the session to all views below, and keeps it in step with the storage and with the other tabs.
pub fn provide_session() {
    let context = SessionContext {
        session: RwSignal::new(Session::Unknown),
        end_reason: RwSignal::new(None),
        in_memory: RwSignal::new(false),
        record: RwSignal::new(()),
        reconnecting: RwSignal::new(false),
    };
    provide_context(context);
    Effect::new(move |_| {
        TAB.set(Some(context));
        sync();
        window_event_listener(ev::storage, |event| {
            if storage::concerns(event.key().as_deref()) {
                // Where nobody was, somebody is now: a sign-in, not merely fresh tokens.
                if event.old_value().is_none() {
                    storage::rejoin();
                }
                sync();
            }
        });
    });
}

/// The session of this tab.
///
/// # Panics
/// Outside the views of the app, where nobody has called [`provide_session`].
pub fn use_session() -> SessionContext {
    expect_context()
}

/// Makes the session what the storage says it is. Browser only.
pub fn sync() {
    let session = storage::read().map_or(Session::Guest, |record| Session::SignedIn(record.user));
    if let Some(tab) = TAB.get() {
        if matches!(session, Session::SignedIn(_)) {
            set_if_changed(tab.end_reason, None);
        }
        set_if_changed(tab.in_memory, storage::is_in_memory());
        set_if_changed(tab.session, session);
        tab.record.notify();
    }
}

/// Says whether refreshing has been failing for a while. Browser only.
pub fn set_reconnecting(reconnecting: bool) {
    if let Some(tab) = TAB.get() {
        set_if_changed(tab.reconnecting, reconnecting);
    }
}

/// Ends the session in this browser because the server has refused it for good, and remembers why.
pub fn end(reason: EndReason) {
    storage::leave();
    if let Some(tab) = TAB.get() {
        set_if_changed(tab.end_reason, Some(reason));
    }
    sync();
}

/// Logs in and stores the tokens, for this browser or for this tab only.
///
/// # Errors
/// Those of [`auth::login`].
pub async fn log_in(username: String, password: Secret, remember: bool) -> Result<(), ApiError> {
    begin(auth::login(username, password, Some(remember)).await?, remember);
    Ok(())
}

/// Creates an account and signs in with it.
///
/// # Errors
/// Those of [`auth::register`].
pub async fn register(
    username: String,
    password: Secret,
    display_name: Option<String>,
    remember: bool,
) -> Result<(), ApiError> {
    begin(auth::register(username, password, display_name, Some(remember)).await?, remember);
    Ok(())
}

/// Logs out: here at once, and at the server by one message that is sent even if the page is closed at the same moment.
pub fn log_out() {
    let record = storage::leave();
    if let Some(tab) = TAB.get() {
        set_if_changed(tab.end_reason, None);
    }
    sync();
    if let Some(record) = record {
        revoke(record.refresh_token);
    }
}

/// Tells the server to end the session of a refresh token that nobody here holds any more. Nothing hangs on the
/// answer: without it the session ends by its idle lifetime.
pub fn revoke(refresh_token: Secret) {
    spawn_local(async move {
        let _ = token::revoke(Some(refresh_token)).await;
    });
}

fn begin(tokens: Tokens, remember: bool) {
    let displaced = storage::store(Record::received_now(tokens), remember);
    sync();
    for record in displaced {
        revoke(record.refresh_token);
    }
}

/// Signals wake their readers even when the new value is the old one.
fn set_if_changed<T: Clone + PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.get_untracked() != value {
        signal.set(value);
    }
}
