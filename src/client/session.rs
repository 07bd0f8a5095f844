//! Who is signed in, as one signal that every page can read and that follows the storage.

use super::{
    claims::session_of,
    journal::{self, Deed},
    storage::{self, Place, Record},
};
use latchkey_wire::{EndReason, Secret, User};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};

/// Who uses this tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Session {
    /// Not looked yet: on the server, and in the browser until the page is hydrated.
    Unknown,
    Guest,
    SignedIn(User),
}

/// What stands between a signed-in user and fresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Fine,
    /// Refreshing has been failing for a while.
    Reconnecting,
    /// It has, and the server asked to be left in peace for some time.
    Waiting,
    /// The browser says that there is no network.
    Offline,
}

/// The session of this tab, for views.
#[derive(Clone, Copy)]
pub struct SessionContext {
    session: RwSignal<Session>,
    end_reason: RwSignal<Option<EndReason>>,
    in_memory: RwSignal<bool>,
    record: RwSignal<()>,
    recovery: RwSignal<()>,
    connection: RwSignal<Connection>,
    farewells: RwSignal<i32>,
}

impl SessionContext {
    pub(super) fn new() -> Self {
        Self {
            session: RwSignal::new(Session::Unknown),
            end_reason: RwSignal::new(None),
            in_memory: RwSignal::new(false),
            record: RwSignal::new(()),
            recovery: RwSignal::new(()),
            connection: RwSignal::new(Connection::Fine),
            farewells: RwSignal::new(0),
        }
    }

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

    /// Whether the server still has to be told of a logout; tracked.
    pub fn is_saying_farewell(self) -> bool {
        self.farewells.get() > 0
    }
}

thread_local! {
    /// Set in the browser only, where one page is one thread. Server functions' clients have no reactive owner to take
    /// a context from, and it is they who find out that a session has ended.
    static TAB: Cell<Option<SessionContext>> = const { Cell::new(None) };
    /// The session that this tab was in when it last looked, by its `sid`.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The access token that it saw then.
    static TOKEN: RefCell<Option<Secret>> = const { RefCell::new(None) };
}

/// The session of this tab.
///
/// # Panics
/// Outside the views of the app, where nobody has called [`provide_session`](super::provide::provide_session).
pub fn use_session() -> SessionContext {
    expect_context()
}

/// Makes this the session of the tab, and what the storage says it is. Browser only, once.
pub(super) fn begin(context: SessionContext) {
    TAB.set(Some(context));
    if storage::read().is_some() {
        journal::note(Deed::Found);
    }
    sync();
}

/// Makes the session what the storage says it is. Browser only.
pub fn sync() {
    let was_signed_in = TAB.get().is_some_and(|tab| matches!(tab.session.get_untracked(), Session::SignedIn(_)));
    // Those who end a session write a line of their own.
    if was_signed_in && LAST.with_borrow(Option::is_some) && storage::read().is_none() {
        journal::note(Deed::Lost);
        LAST.set(None);
    }
    project();
}

/// The same after another tab has changed the storage.
pub(super) fn follow() {
    let before = LAST.with_borrow(Clone::clone);
    // Other people's tokens, in another storage, are no news here.
    if project()
        && let Some(record) = storage::read()
    {
        let same = before.is_some() && before == session_of(&record);
        journal::note(if same { Deed::Adopted } else { Deed::SignedIn });
    }
}

/// Says whether the tokens are others than before.
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
        set_if_changed(tab.session, record.map_or(Session::Guest, |record| Session::SignedIn(record.user)));
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
    journal::note(Deed::Adopted);
    sync();
}

/// Whether this tab was in the session of this record until another tab took the tokens out of the storage, and nobody
/// has said that the session is over. Browser only.
pub fn has_lost(record: &Record) -> bool {
    let session = session_of(record);
    session.is_some() && storage::read().is_none() && LAST.with_borrow(|last| *last == session)
}

/// Says that there is a network again. Browser only.
pub fn back_online() {
    if let Some(tab) = TAB.get() {
        tab.recovery.notify();
    }
    sync();
}

/// Says what stands between the user and fresh tokens. Browser only.
pub fn set_connection(connection: Connection) {
    if let Some(tab) = TAB.get() {
        set_if_changed(tab.connection, connection);
    }
}

/// Counts the logouts that the server still has to be told of. Browser only.
pub fn farewells(change: i32) {
    if let Some(tab) = TAB.get() {
        tab.farewells.update(|count| *count += change);
    }
}

/// Whether this tab was in that session when it last looked. Browser only.
pub fn was_in(session: &str) -> bool {
    LAST.with_borrow(|last| last.as_deref() == Some(session))
}

/// Makes a guest of the user, and remembers why if it was not by their own wish. Browser only.
pub fn close(reason: Option<EndReason>) {
    LAST.set(None);
    journal::note(reason.map_or(Deed::LoggedOut, Deed::Ended));
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
