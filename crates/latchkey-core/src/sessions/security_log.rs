//! Reads the security log.

use super::caller::Caller;
use super::service::Sessions;
use super::user_agent::describe;
use super::usual::Unusual;
use crate::clock::Timestamp;
use crate::store::{self, StoreError, events::LoggedRow};
use latchkey_wire::{Event, EventKind, EventPage};

/// The number of events on a page of the log.
const PAGE_SIZE: u32 = 50;

/// Where a page of the log begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// At the newest event.
    Newest,
    /// At the next older event after this one.
    After {
        /// The time of the event, as the database stores it.
        at: Timestamp,
        /// The id of the event.
        id: String,
    },
}

/// The text is not a cursor of the security log.
#[derive(Debug, thiserror::Error)]
#[error("not a cursor of the security log")]
pub struct BadCursor;

impl Cursor {
    /// Parses the `next` of an earlier page.
    ///
    /// # Errors
    /// [`BadCursor`] for any other text.
    pub fn parse(text: &str) -> Result<Self, BadCursor> {
        let (at, id) = text.split_once('.').ok_or(BadCursor)?;
        let well_formed = id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let at = at.parse().ok().filter(|_| well_formed && !id.is_empty()).ok_or(BadCursor)?;
        Ok(Self::After { at: Timestamp::from_millis(at), id: id.to_owned() })
    }
}

impl Sessions {
    /// A page of the security log of the caller's user, newest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn security_log(&self, caller: &Caller, from: Cursor) -> Result<EventPage, StoreError> {
        let (at, id) = match from {
            Cursor::Newest => (Timestamp::from_millis(i64::MAX), String::new()),
            Cursor::After { at, id } => (at, id),
        };
        // One event more than fits on a page shows whether there is another page.
        let (store, user_id) = (&self.database.store, &caller.session.user.id);
        let mut rows = store::events::page(store, user_id, (at, &id), PAGE_SIZE + 1).await?;
        let more = rows.len() > PAGE_SIZE as usize;
        rows.truncate(PAGE_SIZE as usize);
        let next = rows.last().filter(|_| more).map(|last| format!("{}.{}", last.at, last.id));
        Ok(EventPage { events: rows.into_iter().map(Event::from).collect(), next })
    }
}

impl From<LoggedRow> for Event {
    fn from(row: LoggedRow) -> Self {
        // The detail of a sign-in is not a reason.
        let kind = EventKind::from(row.kind);
        let (unusual, reason) = match kind {
            EventKind::SignedIn => (row.detail.as_deref().map(Unusual::parse).unwrap_or_default(), None),
            _ => (Unusual::default(), row.detail),
        };
        Self {
            new_network: unusual.network,
            new_device: unusual.device,
            id: row.id,
            kind,
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
    fn malformed_log_cursor_is_refused() {
        assert_eq!(
            Cursor::parse("12.ab_c-d").unwrap(),
            Cursor::After { at: Timestamp::from_millis(12), id: "ab_c-d".to_owned() }
        );
        for bad in ["", ".", "12", "12.", ".ab", "x.ab", "12.a b", "12.a'--", "99999999999999999999.ab"] {
            assert!(Cursor::parse(bad).is_err(), "{bad}");
        }
    }
}
