//! The events that a client logs, for the session inspector and for tests.

use latchkey_wire::{ApiError, EndReason};

/// What the client did or noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    /// The user signed in or registered, in this tab or in another.
    SignedIn,
    /// Found a session in the storage when the page was opened.
    Found,
    /// Exchanged the refresh token and stored the new tokens.
    Refreshed(RefreshReason),
    /// Took over the tokens that another tab had stored or sent.
    Adopted,
    /// Sent a call again with a fresh access token, because the server had rejected the first one.
    CallRetried,
    /// A refresh failed; the user stays signed in.
    RefreshFailed(ApiError),
    /// The user marked the access token as expired, in the session inspector.
    Expired,
    /// The user logged out, here or in another tab.
    LoggedOut,
    /// The session ended for another reason.
    Ended(EndReason),
    /// The storage no longer contains the tokens: the user or the browser cleared it.
    Lost,
}

/// Why the tokens were refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshReason {
    /// The timer refreshed them before the access token expired.
    Ahead,
    /// The timer refreshed them after the access token had expired.
    Overdue,
    /// A guard found an expired access token.
    Guard,
    /// The access token was about to expire, or had expired, when a call needed it.
    BeforeCall,
    /// The server rejected the access token of a call.
    AfterRefusal,
    /// The user changed the password.
    PasswordChange,
    /// The user pressed the button in the session inspector.
    Manual,
}
