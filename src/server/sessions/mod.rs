//! Sessions: opened by a sign-in, kept alive by refreshes, ended for good by a revocation or by time.
//!
//! [`lifecycle`] decides, the verbs ([`start`], [`refresh`], [`log_out`] …) carry it out: each change is acknowledged
//! only after its commit.

pub mod access_token;
mod caller;
mod device;
mod events;
mod issue;
pub mod keyring;
pub mod lifecycle;
mod list;
mod refresh;
mod refresh_token;
mod revoke;
mod session;
mod start;
mod verified;

pub use caller::{AccessError, Caller, authenticate};
pub use events::{BadCursor, Cursor, EventKind, log, record};
pub use issue::{Issued, SigningFailed};
pub use list::list;
pub use refresh::{RefreshError, refresh};
pub use refresh_token::{RefreshToken, RowSecret, SessionId};
pub use revoke::{RevokeError, end_others, log_out, revoke_one, revoke_others};
pub use session::Session;
pub use start::{StartError, start};
pub use verified::VerifiedTokens;

/// Where a request came from, for the session's row and the security log.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}
