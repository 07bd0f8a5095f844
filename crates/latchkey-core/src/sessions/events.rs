//! The security log: the events of an account, which its owner can read. Refreshes are not recorded.

use super::ClientInfo;
use super::usual::Unusual;
use crate::database::Database;
use crate::ids::{SessionId, UserId};
use crate::random;
use crate::store::{self, StoreError, Transaction, events::EventRow};
use latchkey_wire::{EndReason, EventKind};
use std::collections::BTreeSet;

/// An event for the security log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityEvent {
    AccountCreated,
    SignedIn(Unusual),
    /// A wrong password, or the right one of a disabled account. Attempts that are not admitted are not recorded, so
    /// that an attacker cannot fill the owner's log.
    SignInFailed,
    SignedOut,
    SessionRevoked(EndReason),
    ReplayDetected,
    /// The parent of a confirmed head was presented from elsewhere, and the server rejected it.
    RefusedElsewhere,
    /// The parent of an unconfirmed head was presented from elsewhere, and the server issued the head again.
    RetriedElsewhere,
    PasswordChanged,
    // Changes by an administrator.
    PasswordSet,
    RolesSet,
    AccountDisabled,
    AccountEnabled,
}

impl SecurityEvent {
    /// The kind of the event in the log.
    pub(super) fn kind(self) -> EventKind {
        match self {
            Self::AccountCreated => EventKind::AccountCreated,
            Self::SignedIn(_) => EventKind::SignedIn,
            Self::SignInFailed => EventKind::SignInFailed,
            Self::SignedOut => EventKind::SignedOut,
            Self::SessionRevoked(_) => EventKind::SessionRevoked,
            Self::ReplayDetected => EventKind::ReplayDetected,
            Self::RefusedElsewhere => EventKind::TokenPresentedElsewhere,
            Self::RetriedElsewhere => EventKind::TokenRetriedElsewhere,
            Self::PasswordChanged => EventKind::PasswordChanged,
            Self::PasswordSet => EventKind::PasswordSetByAdmin,
            Self::RolesSet => EventKind::RolesSetByAdmin,
            Self::AccountDisabled => EventKind::DisabledByAdmin,
            Self::AccountEnabled => EventKind::EnabledByAdmin,
        }
    }

    fn detail(self) -> Option<&'static str> {
        match self {
            Self::SessionRevoked(reason) => Some(reason.as_str()),
            Self::SignedIn(unusual) => unusual.as_str(),
            Self::AccountCreated
            | Self::SignInFailed
            | Self::SignedOut
            | Self::ReplayDetected
            | Self::RefusedElsewhere
            | Self::RetriedElsewhere
            | Self::PasswordChanged
            | Self::PasswordSet
            | Self::RolesSet
            | Self::AccountDisabled
            | Self::AccountEnabled => None,
        }
    }
}

/// Writes an event in the transaction of the change that it describes. `client` is the client that made the change,
/// which may be an attacker's.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn record(
    database: &Database,
    tx: &mut Transaction,
    user_id: &UserId,
    session: Option<SessionId>,
    event: SecurityEvent,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    insert(database, tx, user_id.as_str(), session.map(|id| id.to_string()), event, client).await?;
    store::event_limit::trim(tx, user_id.as_str()).await?;
    Ok(())
}

/// Records that a sign-in failed. It does not remove excess events (the prune job does that), so it takes as long for a
/// name with a full log as for a name without an account, for which the statement writes nothing.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn record_failed_sign_in(
    database: &Database,
    tx: &mut Transaction,
    user_id: Option<&UserId>,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let user_id = user_id.map(UserId::as_str).unwrap_or_default();
    insert(database, tx, user_id, None, SecurityEvent::SignInFailed, client).await
}

async fn insert(
    database: &Database,
    tx: &mut Transaction,
    user_id: &str,
    session_id: Option<String>,
    event: SecurityEvent,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let kind = event.kind();
    let row = EventRow {
        id: random::id(&*database.random),
        user_id,
        session_id,
        kind: kind.as_str(),
        at: database.clock.now(),
        ip: client.ip.as_deref(),
        user_agent: client.user_agent.as_deref(),
        detail: event.detail(),
    };
    store::events::insert(tx, row).await
}

/// Writes an event for each of these sessions, given as pairs of user id and session id. There are at most one batch of
/// them, so that the excess events of each user can be removed in the same transaction.
pub(super) async fn record_for_sessions(
    database: &Database,
    tx: &mut Transaction,
    lines: &[(&str, &str)],
    event: SecurityEvent,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    for (user_id, session_id) in lines {
        insert(database, tx, user_id, Some((*session_id).to_owned()), event, client).await?;
    }
    let users: BTreeSet<&str> = lines.iter().map(|(user_id, _)| *user_id).collect();
    for user_id in users {
        store::event_limit::trim(tx, user_id).await?;
    }
    Ok(())
}
