//! The environment of a session client: six traits, which one type implements. All futures run on the thread of the
//! page.

use crate::{event::ClientEvent, view::View};
use latchkey_wire::{AccessToken, ApiError, RefreshToken, Tokens};

/// The environment of a [`SessionClient`](crate::SessionClient): any type that implements all six traits.
pub trait Environment: Storage + Clock + Locks + Channel + Transport + Page + 'static {}

impl<E: Storage + Clock + Locks + Channel + Transport + Page + 'static> Environment for E {}

/// A part of the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// The storage of one tab. It survives a reload, and a duplicated tab starts with a copy.
    Session,
    /// The storage that all tabs of the browser share.
    Local,
}

/// One text in each [`Area`], under a key of the application's:
/// [`Brand::storage_key`](latchkey_wire::Brand::storage_key). An area may be unavailable or full, and other tabs may
/// change it at any time.
pub trait Storage {
    /// The text; `None` also if the area cannot be used.
    fn get(&self, area: Area) -> Option<String>;

    /// Stores the text; returns whether the area has accepted it.
    fn set(&self, area: Area, text: &str) -> bool;

    /// Removes the text. A text that cannot be removed cannot be read either.
    fn remove(&self, area: Area);
}

/// Time and randomness.
pub trait Clock {
    /// The device's wall clock in Unix milliseconds, which may be wrong.
    fn wall_ms(&self) -> i64;

    /// Milliseconds since the page was opened. Changes of the wall clock do not affect it.
    fn monotonic_ms(&self) -> i64;

    /// Waits for this number of milliseconds. Dropping the future ends the wait.
    fn sleep(&self, ms: u32) -> impl Future<Output = ()> + 'static;

    /// A random number from 0 to 1.
    fn chance(&self) -> f64;
}

/// The answer to a request for a lock.
pub enum Lock<H> {
    /// The lock is granted, and held until this is dropped.
    Held(H),
    /// Another tab has the lock. Only for a request with `if_free`.
    Taken,
    /// This environment has no locks.
    Missing,
}

/// Locks that are shared by all tabs of the browser.
pub trait Locks {
    /// Releases the lock when it is dropped.
    type Held: 'static;

    /// Waits for the lock of this name, or with `if_free` returns at once. A lock that is granted after the future was
    /// dropped must be released.
    fn request(&self, name: &str, if_free: bool) -> impl Future<Output = Lock<Self::Held>>;
}

/// Messages to the other tabs of the browser. The environment passes received messages to
/// [`SessionClient::receive`](crate::SessionClient::receive).
pub trait Channel {
    /// Sends the text to all other tabs; `false` if the channel is missing.
    fn post(&self, text: &str) -> bool;
}

/// The server.
pub trait Transport {
    /// `POST /api/token/refresh`.
    fn refresh(&self, refresh_token: RefreshToken) -> impl Future<Output = Result<Tokens, ApiError>>;

    /// `POST /api/token/revoke`, which completes even if the page is closed.
    fn revoke(&self, refresh_token: RefreshToken) -> impl Future<Output = Result<(), ApiError>>;

    /// `GET /api/me`, which shows the server that the tokens have arrived. The response is ignored.
    fn confirm(&self, access_token: AccessToken) -> impl Future<Output = ()>;
}

/// The page in which the client runs: its tasks and its view.
pub trait Page {
    /// Whether the page is hidden.
    fn is_hidden(&self) -> bool;

    /// Whether the device knows that it is offline. If it is not, the server may still be unreachable.
    fn is_offline(&self) -> bool;

    /// Runs the task concurrently; it starts after this has returned.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);

    /// Shows the view, which may have changed.
    fn show(&self, view: View);

    /// Notifies the page that the stored record may have changed: other tokens, another user, or no record.
    fn record_changed(&self);

    /// Notifies the page that a failed call may succeed: there are other tokens, or the network is back.
    fn recovered(&self);

    /// Adds an event to the event log.
    fn log(&self, event: ClientEvent);
}
