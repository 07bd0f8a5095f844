//! Who is signed in, as one signal that every page can read and that follows the storage.

use super::{
    claims::session_of,
    event_log::{self, ClientEvent},
    storage::{self, Place, Record},
};
use latchkey_wire::{AccessToken, EndReason, User};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};

/// Who uses this tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthState {
    /// Not looked yet: on the server, and in the browser until the page is hydrated.
    Unknown,
    Guest,
    SignedIn(User),
}

/// Whether a signed-in user can get fresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Fine,
    /// Refreshing has been failing for a while.
    Reconnecting,
    /// It has, and the server asked to wait.
    Waiting,
    /// The browser reports that it is offline.
    Offline,
}

/// The session of this tab, for views.
#[derive(Clone, Copy)]
pub struct SessionContext {
    session: RwSignal<AuthState>,
    end_reason: RwSignal<Option<EndReason>>,
    in_memory: RwSignal<bool>,
    record: RwSignal<()>,
    recovery: RwSignal<()>,
    connection: RwSignal<Connection>,
    pending_logouts: RwSignal<i32>,
}

impl SessionContext {
    pub(super) fn new() -> Self {
        Self {
            session: RwSignal::new(AuthState::Unknown),
            end_reason: RwSignal::new(None),
            in_memory: RwSignal::new(false),
            record: RwSignal::new(()),
            recovery: RwSignal::new(()),
            connection: RwSignal::new(Connection::Fine),
            pending_logouts: RwSignal::new(0),
        }
    }

    /// Who is signed in; tracked.
    pub fn get(self) -> AuthState {
        self.session.get()
    }

    /// The signed-in user, if it is certain that there is one; tracked.
    pub fn user(self) -> Option<User> {
        match self.session.get() {
            AuthState::SignedIn(user) => Some(user),
            AuthState::Unknown | AuthState::Guest => None,
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

    /// Wakes the reader when what has failed is worth another try: there are fresh tokens, or a network again.
    pub fn track_recovery(self) {
        self.recovery.track();
    }

    /// Whether the tokens will not outlive this page, because the browser refused to store them; tracked.
    pub fn is_in_memory(self) -> bool {
        self.in_memory.get()
    }

    /// Whether the server can be asked for fresh tokens; tracked.
    pub fn connection(self) -> Connection {
        self.connection.get()
    }

    /// Whether a logout has not reached the server yet; tracked.
    pub fn has_pending_logout(self) -> bool {
        self.pending_logouts.get() > 0
    }
}

thread_local! {
    /// Set in the browser only, where one page is one thread. Server functions' clients have no reactive owner to take
    /// a context from, and they are the first to notice that a session has ended.
    static TAB: Cell<Option<SessionContext>> = const { Cell::new(None) };
    /// The session that this tab was in when it last looked, by its `sid`.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The access token that it saw then.
    static TOKEN: RefCell<Option<AccessToken>> = const { RefCell::new(None) };
}

/// The session of this tab.
///
/// # Panics
/// Outside the views of the app, where [`provide_session`](super::provide::provide_session).
pub fn use_session() -> SessionContext {
    expect_context()
}

/// Makes this the session of the tab, and what the storage says it is. Browser only, once.
pub(super) fn begin(context: SessionContext) {
    TAB.set(Some(context));
    if storage::read().is_some() {
        event_log::record(ClientEvent::Found);
    }
    sync();
}

/// Makes the session what the storage says it is. Browser only.
pub fn sync() {
    let was_signed_in = TAB.get().is_some_and(|tab| matches!(tab.session.get_untracked(), AuthState::SignedIn(_)));
    // Functions that end a session record an event of their own.
    if was_signed_in && LAST.with_borrow(Option::is_some) && storage::read().is_none() {
        event_log::record(ClientEvent::Lost);
        LAST.set(None);
    }
    project();
}

/// The same after another tab has changed the storage.
pub(super) fn follow() {
    let before = LAST.with_borrow(Clone::clone);
    // Another user's tokens, in another storage, do not concern this tab.
    if project()
        && let Some(record) = storage::read()
    {
        let same = before.is_some() && before == session_of(&record);
        event_log::record(if same { ClientEvent::Adopted } else { ClientEvent::SignedIn });
    }
}

/// Updates the signals from the storage; answers whether the tokens have changed.
fn project() -> bool {
    let record = storage::read();
    let token = record.as_ref().map(|record| record.token.clone());
    let is_new = TOKEN.with_borrow(|known| *known != token);
    TOKEN.set(token);
    if let Some(record) = &record {
        LAST.set(session_of(record));
    }
    if let Some(tab) = TAB.get() {
        if record.is_some() {
            set_if_changed(tab.end_reason, None);
        }
        set_if_changed(tab.in_memory, storage::place() == Some(Place::Memory));
        set_if_changed(tab.session, record.map_or(AuthState::Guest, |record| AuthState::SignedIn(record.user)));
        tab.record.notify();
        if is_new {
            tab.recovery.notify();
        }
    }
    is_new
}

/// Takes over later tokens of the present session, from another tab. Browser only.
pub fn adopt(record: Record) {
    storage::replace(record);
    event_log::record(ClientEvent::Adopted);
    sync();
}

/// Whether this tab was in the session of this record until another tab took the tokens out of the storage, without a
/// message that the session is over. Browser only.
pub fn has_lost(record: &Record) -> bool {
    let session = session_of(record);
    session.is_some() && storage::read().is_none() && LAST.with_borrow(|last| *last == session)
}

/// Notes that the browser is online again. Browser only.
pub fn back_online() {
    if let Some(tab) = TAB.get() {
        tab.recovery.notify();
    }
    sync();
}

/// Sets whether the user can get fresh tokens. Browser only.
pub fn set_connection(connection: Connection) {
    if let Some(tab) = TAB.get() {
        set_if_changed(tab.connection, connection);
    }
}

/// Changes the number of logouts that have not reached the server yet. Browser only.
pub fn change_pending_logouts(change: i32) {
    if let Some(tab) = TAB.get() {
        tab.pending_logouts.update(|count| *count += change);
    }
}

/// Whether this tab was in that session when it last looked. Browser only.
pub fn was_in(session: &str) -> bool {
    LAST.with_borrow(|last| last.as_deref() == Some(session))
}

/// Ends the session of this tab, and stores the reason unless the user logged out. Browser only.
pub fn close(reason: Option<EndReason>) {
    LAST.set(None);
    event_log::record(reason.map_or(ClientEvent::LoggedOut, ClientEvent::Ended));
    if let Some(tab) = TAB.get() {
        set_if_changed(tab.end_reason, reason);
    }
    sync();
}

/// Signals wake their readers even when the new value is the old one.
fn set_if_changed<T: Clone + PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.get_untracked() != value {
        signal.set(value);
    }
}
