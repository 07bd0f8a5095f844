//! Sessions: opened by a sign-in, kept alive by refreshes, ended by a revocation or by time. An ended session stays
//! ended.
//!
//! [`lifecycle`] decides; [`start()`], [`refresh()`], [`log_out`] and the others carry it out: each change is
//! acknowledged only after its commit.

pub mod access_token;
mod administer;
mod caller;
mod device;
mod elsewhere;
mod events;
mod introspect;
mod issue;
pub mod keyring;
pub mod lifecycle;
mod list;
mod network;
mod refresh;
mod refresh_token;
mod renew;
mod revoke;
mod revoke_all;
mod session;
mod source;
mod start;
mod usual;
mod verified;

pub use administer::{
    AdminRevokeError, AdminSession, Ending, assert_none_live, find_one, live, revoke_by_id, revoke_every_session,
};
pub use caller::{AccessError, Caller, authenticate};
pub use events::{BadCursor, Cursor, EventKind, log, record};
pub use introspect::{LiveToken, TokenKind, introspect};
pub use issue::{Issued, SigningFailed};
pub use list::list;
pub use network::{is_private, network};
pub use refresh::{RefreshError, refresh};
pub use refresh_token::{RefreshToken, RowSecret, SessionId};
pub use renew::renew;
pub use revoke::{RevokeError, begin_as, log_out, revoke_by_token, revoke_one};
pub use revoke_all::{EndedSessions, revoke_all_of, revoke_others, revoke_others_in};
pub use session::Session;
pub use start::{StartError, start};
pub use usual::{USUAL, Unusual};
pub use verified::VerifiedTokens;

/// Where a request came from, for the session's row and the security log.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

impl Device {
    /// The [`network()`] of its address.
    pub fn network(&self) -> Option<String> {
        Some(network(self.ip.as_deref()?.parse().ok()?).to_string())
    }
}
