//! What a session client reaches the world through: six traits, which one type implements. All futures run on the thread
//! of the page.

use crate::{event::ClientEvent, view::View};
use latchkey_wire::{AccessToken, ApiError, RefreshToken, Tokens};

/// Where a [`SessionClient`](crate::SessionClient) runs: any type that has all six traits.
pub trait Environment: Storage + Clock + Locks + Channel + Transport + Page + 'static {}

impl<E: Storage + Clock + Locks + Channel + Transport + Page + 'static> Environment for E {}

/// A part of the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// One tab's; it survives a reload, and a duplicated tab begins with a copy.
    Session,
    /// The same for all tabs of the browser.
    Local,
}

/// One text in each [`Area`], under a key of the application's: [`Brand::storage_key`](latchkey_wire::Brand::storage_key).
/// An area may be refused, full, or changed by others at any time.
pub trait Storage {
    /// The text; nothing also if the area cannot be used.
    fn get(&self, area: Area) -> Option<String>;

    /// Stores the text; whether the area has accepted it.
    fn set(&self, area: Area, text: &str) -> bool;

    /// Removes the text. What cannot be removed cannot be read either.
    fn remove(&self, area: Area);
}

/// Time and chance.
pub trait Clock {
    /// The device's wall clock in Unix milliseconds, right or wrong.
    fn wall_ms(&self) -> i64;

    /// Milliseconds since the page was opened, immune to clock changes.
    fn monotonic_ms(&self) -> i64;

    /// Waits for so long. Dropping the future ends the wait.
    fn sleep(&self, ms: u32) -> impl Future<Output = ()> + 'static;

    /// A random number from 0 to 1.
    fn chance(&self) -> f64;
}

/// The answer to a request for a lock.
pub enum Lock<H> {
    /// Granted: held until this is dropped.
    Held(H),
    /// Another tab has it. Only for a request that asks for a free one.
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

/// Messages to the other tabs of the browser. Those that arrive go to
/// [`SessionClient::receive`](crate::SessionClient::receive).
pub trait Channel {
    /// Sends the text to all other tabs; `false` if the channel is missing.
    fn post(&self, text: &str) -> bool;
}

/// The server.
pub trait Transport {
    /// `POST /api/token/refresh`.
    fn refresh(&self, refresh_token: RefreshToken) -> impl Future<Output = Result<Tokens, ApiError>>;

    /// `POST /api/token/revoke`, sent to its end even if the page is closed.
    fn revoke(&self, refresh_token: RefreshToken) -> impl Future<Output = Result<(), ApiError>>;

    /// `GET /api/me`, which shows the server that the tokens have arrived. The answer does not matter.
    fn confirm(&self, access_token: AccessToken) -> impl Future<Output = ()>;
}

/// The page that the client runs in: its tasks, and what is to be shown there.
pub trait Page {
    /// Whether the page is out of view.
    fn is_hidden(&self) -> bool;

    /// Whether the device knows that it has no network. Without one every request fails; with one the server may still
    /// be unreachable.
    fn is_offline(&self) -> bool;

    /// Runs the task beside the others, beginning after this has returned.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);

    /// The view may have changed.
    fn show(&self, view: View);

    /// The stored record may have changed: other tokens, another user, none at all.
    fn record_changed(&self);

    /// What has failed is worth another try: there are other tokens, or a network again.
    fn recovered(&self);

    /// For the event log.
    fn log(&self, event: ClientEvent);
}
