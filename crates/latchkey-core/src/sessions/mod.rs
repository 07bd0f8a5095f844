//! Sessions. A sign-in starts a session, refreshes extend it, and a revocation or an expiry ends it. A session that has
//! ended stays ended.
//!
//! [`lifecycle`] decides what to do with a refresh token. The methods of [`Sessions`] carry out the decisions, each in
//! its own file. The command line uses [`SessionAdmin`].

pub mod access_token;
mod administer;
mod caller;
mod elsewhere;
mod events;
mod introspect;
mod issue;
pub mod keyring;
pub mod lifecycle;
mod lifetimes;
mod list;
mod log_out;
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

pub use crate::client_info::ClientInfo;
pub use crate::network::{is_private, network};
pub use administer::{AdminRevokeError, AdminSession, RevokeOutcome, SessionAdmin};
pub use caller::{AccessError, Caller};
pub(crate) use events::{SecurityEvent, record, record_failed_sign_in};
pub use introspect::{LiveToken, TokenKind};
pub use issue::{IssuedTokens, SigningFailed};
pub use lifetimes::{Lifetime, Lifetimes};
pub use persistence::Persistence;
pub use refresh::RefreshError;
pub use refresh_token::{ParsedRefreshToken, RowSecret};
pub use revoke_all::RevokedSessions;
pub use revoke_one::RevokeError;
pub use security_log::{BadCursor, Cursor};
pub use service::{SessionRules, Sessions};
pub use session::Session;
pub use start::StartError;
pub use usual::USUAL_PERIOD;
pub use verified::{VerifiedAccessToken, VerifiedTokens};
