//! The security log: what happened to an account, for its owner to read. Never a line for each refresh.

use super::Device;
use super::refresh_token::SessionId;
use crate::api::error::EndReason;
use crate::server::random;
use crate::server::state::App;
use crate::server::store::{self, StoreError, Transaction, events::EventRow};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    AccountCreated,
    SignedIn,
    /// Somebody tried a wrong password, or the right one of a disabled account. None for an attempt that was not
    /// admitted: the log is the owner's to read, and not an attacker's to fill.
    SignInFailed,
    SignedOut,
    SessionRevoked(EndReason),
    ReplayDetected,
}

impl EventKind {
    fn name(self) -> &'static str {
        match self {
            Self::AccountCreated => "account_created",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignedOut => "signed_out",
            Self::SessionRevoked(_) => "session_revoked",
            Self::ReplayDetected => "replay_detected",
        }
    }

    fn detail(self) -> Option<&'static str> {
        match self {
            Self::SessionRevoked(reason) => Some(reason.as_str()),
            _ => None,
        }
    }
}

/// Writes a line, as part of the change that it tells of.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn record(
    app: &App,
    tx: &mut Transaction,
    user_id: &str,
    session: Option<SessionId>,
    kind: EventKind,
    device: &Device,
) -> Result<(), StoreError> {
    let event = EventRow {
        id: random::id(&*app.random),
        user_id,
        session_id: session.map(|id| id.to_string()),
        kind: kind.name(),
        at: app.clock.now(),
        ip: device.ip.as_deref(),
        user_agent: device.user_agent.as_deref(),
        detail: kind.detail(),
    };
    store::events::insert(tx, event).await
}
