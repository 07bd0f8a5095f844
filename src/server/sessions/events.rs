//! The security log: what happened to an account, for its owner to read. Never a line for each refresh.

use super::Device;
use super::caller::Caller;
use super::refresh_token::SessionId;
use super::user_agent::describe;
use super::usual::Unusual;
use crate::server::clock::Timestamp;
use crate::server::ledger::Ledger;
use crate::server::random;
use crate::server::store::{self, StoreError, Transaction, events::EventRow, events::LoggedRow};
use latchkey_wire::{EndReason, Event, EventPage};
use std::collections::BTreeSet;

/// Lines on a page of the log.
const PAGE: u32 = 50;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    AccountCreated,
    SignedIn(Unusual),
    /// Somebody tried a wrong password, or the right one of a disabled account. None for an attempt that was not
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

/// Writes a line, as part of the change that it tells of. `device` is who did it, not whom it happened to.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn record(
    ledger: &Ledger,
    tx: &mut Transaction,
    user_id: &str,
    session: Option<SessionId>,
    kind: EventKind,
    device: &Device,
) -> Result<(), StoreError> {
    record_of(ledger, tx, user_id, session.map(|id| id.to_string()), kind, device).await
}

/// The same for a session whose id is still text.
pub(super) async fn record_of(
    ledger: &Ledger,
    tx: &mut Transaction,
    user_id: &str,
    session_id: Option<String>,
    kind: EventKind,
    device: &Device,
) -> Result<(), StoreError> {
    insert(ledger, tx, user_id, session_id, kind, device).await?;
    // A failed sign-in must take as long for a name with a full log as for a name without an account: it is left to the
    // prune job.
    if kind != EventKind::SignInFailed {
        store::event_limit::trim(tx, user_id).await?;
    }
    Ok(())
}

async fn insert(
    ledger: &Ledger,
    tx: &mut Transaction,
    user_id: &str,
    session_id: Option<String>,
    kind: EventKind,
    device: &Device,
) -> Result<(), StoreError> {
    let event = EventRow {
        id: random::id(&*ledger.random),
        user_id,
        session_id,
        kind: kind.name(),
        at: ledger.clock.now(),
        ip: device.ip.as_deref(),
        user_agent: device.user_agent.as_deref(),
        detail: kind.detail(),
    };
    store::events::insert(tx, event).await
}

/// The same for several sessions of one user.
pub(super) async fn record_each(
    ledger: &Ledger,
    tx: &mut Transaction,
    user_id: &str,
    sessions: &[String],
    kind: EventKind,
    device: &Device,
) -> Result<(), StoreError> {
    let lines: Vec<_> = sessions.iter().map(|id| (user_id, id.as_str())).collect();
    record_lines(ledger, tx, &lines, kind, device).await
}

/// The same for several sessions, each with the id of its user: no more than a batch, so that what is too much of each
/// user goes at once.
pub(super) async fn record_lines(
    ledger: &Ledger,
    tx: &mut Transaction,
    lines: &[(&str, &str)],
    kind: EventKind,
    device: &Device,
) -> Result<(), StoreError> {
    for (user_id, session_id) in lines {
        insert(ledger, tx, user_id, Some((*session_id).to_owned()), kind, device).await?;
    }
    let users: BTreeSet<&str> = lines.iter().map(|(user_id, _)| *user_id).collect();
    for user_id in users {
        store::event_limit::trim(tx, user_id).await?;
    }
    Ok(())
}

/// Where a page of the log begins: after this line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: Timestamp,
    id: String,
}

/// The text is not a place in the log.
#[derive(Debug, thiserror::Error)]
#[error("not a place in the security log")]
pub struct BadCursor;

impl Cursor {
    /// After this comes everything.
    pub fn newest() -> Self {
        Self { at: Timestamp::from_millis(i64::MAX), id: String::new() }
    }

    /// From the text that an earlier page gave as `next`.
    ///
    /// # Errors
    /// [`BadCursor`] for any other text.
    pub fn parse(text: &str) -> Result<Self, BadCursor> {
        let (at, id) = text.split_once('.').ok_or(BadCursor)?;
        let well_formed = id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let at = at.parse().ok().filter(|_| well_formed && !id.is_empty()).ok_or(BadCursor)?;
        Ok(Self { at: Timestamp::from_millis(at), id: id.to_owned() })
    }
}

/// A page of the caller's security log, newest first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn log(ledger: &Ledger, caller: &Caller, after: Cursor) -> Result<EventPage, StoreError> {
    // One more than is shown, to know whether there is another page.
    let mut rows = store::events::page(&ledger.store, &caller.session.user.id, (after.at, &after.id), PAGE + 1).await?;
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|last| format!("{}.{}", last.at, last.id));
    Ok(EventPage { events: rows.into_iter().map(Event::from).collect(), next })
}

impl From<LoggedRow> for Event {
    fn from(row: LoggedRow) -> Self {
        // The detail of a sign-in is not a reason.
        let (unusual, reason) = match row.kind.as_str() {
            "signed_in" => (row.detail.as_deref().map(Unusual::parse).unwrap_or_default(), None),
            _ => (Unusual::default(), row.detail),
        };
        Self {
            new_network: unusual.network,
            new_device: unusual.device,
            id: row.id,
            kind: row.kind,
            at: Timestamp::from_millis(row.at).to_string(),
            session_id: row.session_id,
            reason,
            device: describe(row.user_agent.as_deref()),
            ip: row.ip,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_what_a_page_gave() {
        assert_eq!(
            Cursor::parse("12.ab_c-d").unwrap(),
            Cursor { at: Timestamp::from_millis(12), id: "ab_c-d".to_owned() }
        );
        for bad in ["", ".", "12", "12.", ".ab", "x.ab", "12.a b", "12.a'--", "99999999999999999999.ab"] {
            assert!(Cursor::parse(bad).is_err(), "{bad}");
        }
    }
}
