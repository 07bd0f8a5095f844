//! The security log: what happened to an account, for its owner to read. Never a line for each refresh.

use super::ClientInfo;
use super::refresh_token::SessionId;
use super::usual::Unusual;
use crate::database::Database;
use crate::random;
use crate::store::{self, StoreError, Transaction, events::EventRow};
use latchkey_wire::EndReason;
use std::collections::BTreeSet;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    AccountCreated,
    SignedIn(Unusual),
    /// A wrong password, or the right one of a disabled account. Not recorded for an attempt that was not
    /// admitted: the log is the owner's to read, and not an attacker's to fill.
    SignInFailed,
    SignedOut,
    SessionRevoked(EndReason),
    ReplayDetected,
    /// The parent of a head that has been seen was presented from elsewhere, and refused.
    RefusedElsewhere,
    /// The parent of a head that has not been seen was presented from elsewhere, and got the head again.
    RetriedElsewhere,
    PasswordChanged,
    // What an administrator did to the account, at the command line.
    PasswordSet,
    RolesSet,
    AccountDisabled,
    AccountEnabled,
}

impl EventKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AccountCreated => "account_created",
            Self::SignedIn(_) => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignedOut => "signed_out",
            Self::SessionRevoked(_) => "session_revoked",
            Self::ReplayDetected => "replay_detected",
            Self::RefusedElsewhere => "token_presented_elsewhere",
            Self::RetriedElsewhere => "token_retried_elsewhere",
            Self::PasswordChanged => "password_changed",
            Self::PasswordSet => "password_set_by_admin",
            Self::RolesSet => "roles_set_by_admin",
            Self::AccountDisabled => "disabled_by_admin",
            Self::AccountEnabled => "enabled_by_admin",
        }
    }

    fn detail(self) -> Option<&'static str> {
        match self {
            Self::SessionRevoked(reason) => Some(reason.as_str()),
            Self::SignedIn(unusual) => unusual.as_str(),
            _ => None,
        }
    }
}

/// Writes a line, as part of the change that it tells of. `client` is who did it, not whom it happened to.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn record(
    database: &Database,
    tx: &mut Transaction,
    user_id: &str,
    session: Option<SessionId>,
    kind: EventKind,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    record_of(database, tx, user_id, session.map(|id| id.to_string()), kind, client).await
}

/// The same for a session whose id is still text.
pub(super) async fn record_of(
    database: &Database,
    tx: &mut Transaction,
    user_id: &str,
    session_id: Option<String>,
    kind: EventKind,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    insert(database, tx, user_id, session_id, kind, client).await?;
    // A failed sign-in must take as long for a name with a full log as for a name without an account: it is left to the
    // prune job.
    if kind != EventKind::SignInFailed {
        store::event_limit::trim(tx, user_id).await?;
    }
    Ok(())
}

async fn insert(
    database: &Database,
    tx: &mut Transaction,
    user_id: &str,
    session_id: Option<String>,
    kind: EventKind,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let event = EventRow {
        id: random::id(&*database.random),
        user_id,
        session_id,
        kind: kind.name(),
        at: database.clock.now(),
        ip: client.ip.as_deref(),
        user_agent: client.user_agent.as_deref(),
        detail: kind.detail(),
    };
    store::events::insert(tx, event).await
}

/// The same for several sessions of one user.
pub(super) async fn record_each(
    database: &Database,
    tx: &mut Transaction,
    user_id: &str,
    sessions: &[String],
    kind: EventKind,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let lines: Vec<_> = sessions.iter().map(|id| (user_id, id.as_str())).collect();
    record_lines(database, tx, &lines, kind, client).await
}

/// The same for several sessions, each with the id of its user: no more than a batch, so that what is too much of each
/// user goes at once.
pub(super) async fn record_lines(
    database: &Database,
    tx: &mut Transaction,
    lines: &[(&str, &str)],
    kind: EventKind,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    for (user_id, session_id) in lines {
        insert(database, tx, user_id, Some((*session_id).to_owned()), kind, client).await?;
    }
    let users: BTreeSet<&str> = lines.iter().map(|(user_id, _)| *user_id).collect();
    for user_id in users {
        store::event_limit::trim(tx, user_id).await?;
    }
    Ok(())
}
