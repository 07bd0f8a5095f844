//! What the client does, and why.

use latchkey_wire::{ApiError, EndReason};

/// Something that the client did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    /// A login, a registration, or another tab's.
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
    /// The session is over for another reason.
    Ended(EndReason),
    /// The storage lost the tokens: the user or the browser cleared it.
    Lost,
}

/// Why the tokens were refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The timer, before the access token expires.
    Ahead,
    /// The timer, as soon as the access token can be seen to have expired.
    Overdue,
    /// A guarded place was entered with an expired access token.
    Guard,
    /// A call was about to be sent with an access token near its end.
    BeforeCall,
    /// The server refused the access token.
    AfterRefusal,
    /// The user changed the password.
    PasswordChange,
    /// The user asked for it.
    Manual,
}
