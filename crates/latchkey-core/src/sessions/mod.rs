//! Sessions: opened by a sign-in, kept alive by refreshes, ended by a revocation or by time. An ended session stays
//! ended.
//!
//! [`lifecycle`] decides; [`start()`], [`refresh()`], [`log_out()`] and the others carry it out: each change is
//! acknowledged only after its commit.

pub mod access_token;
mod administer;
mod caller;
mod client_info;
mod elsewhere;
mod events;
mod introspect;
mod issue;
pub mod keyring;
pub mod lifecycle;
mod lifetimes;
mod list;
mod log_out;
mod network;
mod persistence;
mod refresh;
mod refresh_token;
mod renew;
mod revoke;
mod revoke_all;
mod revoke_one;
mod security_log;
mod service;
mod session;
mod source;
mod start;
mod user_agent;
mod usual;
mod verified;

pub use administer::{
    AdminRevokeError, AdminSession, Ending, assert_none_live, find_one, live, revoke_by_id, revoke_every_session,
};
pub use caller::{AccessError, Caller, authenticate};
pub use client_info::ClientInfo;
pub use events::{SecurityEvent, record, record_failed_sign_in};
pub use introspect::{LiveToken, TokenKind, introspect};
pub use issue::{Issued, SigningFailed};
pub use lifetimes::{Lifetime, Lifetimes};
pub use list::list;
pub use log_out::{log_out, revoke_by_token};
pub use network::{is_private, network};
pub use persistence::Persistence;
pub use refresh::{RefreshError, refresh};
pub use refresh_token::{ParsedRefreshToken, RowSecret};
pub use renew::renew;
pub use revoke_all::{EndedSessions, revoke_all_of, revoke_others, revoke_others_in};
pub use revoke_one::{RevokeError, begin_as, revoke_one};
pub use security_log::{BadCursor, Cursor, log};
pub use service::{SessionRules, Sessions};
pub use session::Session;
pub use start::{StartError, start};
pub use usual::{USUAL, Unusual};
pub use verified::{VerifiedAccessToken, VerifiedTokens};
