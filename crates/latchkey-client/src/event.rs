//! The events of the client.

use latchkey_wire::{ApiError, EndReason};

/// An action of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    /// The user signed in or registered, in this tab or in another.
    SignedIn,
    /// Found a session in the storage when the page was opened.
    Found,
    /// Exchanged the refresh token and stored the new tokens.
    Refreshed(Why),
    /// Took over the tokens that another tab had stored or sent.
    Adopted,
    /// Sent a call a second time, with fresh tokens, after the server had refused the first.
    SentAgain,
    /// A refresh failed; the user stays signed in.
    RefreshFailed(ApiError),
    /// The user marked the access token as expired, in the session inspector.
    Expired,
    /// The user logged out, here or in another tab.
    LoggedOut,
    /// The session ended for another reason.
    Ended(EndReason),
    /// The storage does not contain the tokens any more: the user or the browser cleared it.
    Lost,
}

/// Why the tokens were refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The timer refreshed them before the access token expired.
    Ahead,
    /// The timer refreshed them after the access token had expired.
    Overdue,
    /// A guard found an expired access token.
    Guard,
    /// The access token of a call was about to expire.
    BeforeCall,
    /// The server refused the access token.
    AfterRefusal,
    /// The user changed the password.
    PasswordChange,
    /// The user asked for it.
    Manual,
}
