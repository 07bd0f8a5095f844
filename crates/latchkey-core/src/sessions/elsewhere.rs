//! Records that a refresh token was presented from another network or user agent than those of the last refresh of its
//! session.

use super::ClientInfo;
use super::events::{SecurityEvent, record};
use super::service::Sessions;
use super::session::Session;
use crate::store::{self, StoreError};
use std::time::Duration;

/// A session gets at most one event of each kind in this time, so that an attacker that polls cannot fill the owner's
/// security log.
const EVENT_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// By how much the time in the log may be later than the event, see [`store::events::insert`].
const MAX_TIME_SHIFT: Duration = Duration::from_millis(500);

impl Sessions {
    /// Writes an event to the security log and a line to the operator's log, unless the session has an event of this
    /// kind from the last hour. A failure does not change the response to the client, because the lifecycle does not
    /// depend on the log.
    pub(super) async fn record_from_elsewhere(&self, session: &Session, event: SecurityEvent, client: &ClientInfo) {
        let kind = event.kind();
        let kind = kind.as_str();
        match self.write_once_an_hour(session, event, client).await {
            Ok(true) => tracing::warn!(session = %session.id, event = kind, "refresh token presented from elsewhere"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, event = kind, "the security log was not written"),
        }
    }

    /// Returns whether the event was written. While an attacker polls, most calls run only the first query, which needs
    /// no write transaction.
    async fn write_once_an_hour(
        &self,
        session: &Session,
        event: SecurityEvent,
        client: &ClientInfo,
    ) -> Result<bool, StoreError> {
        let (user_id, kind) = (&session.user.id, event.kind());
        let (now, interval) = (self.database.clock.now(), EVENT_INTERVAL - MAX_TIME_SHIFT);
        // Compared in both directions: a clock set back by a day must not suppress lines for a day.
        let recent = store::events::Recent {
            user_id,
            session_id: session.id,
            kind: kind.as_str(),
            after: now.before(interval),
            before: now.after(interval),
        };
        if recent.exists(&self.database.store).await? {
            return Ok(false);
        }
        let mut tx = self.database.store.begin().await?;
        // The lock on the row serialises simultaneous requests.
        let is_first = store::sessions::lock_if_live(&mut tx, session.id, session.state.head.0).await?
            && !recent.exists_in(&mut tx).await?;
        if is_first {
            record(&self.database, &mut tx, user_id, Some(session.id), event, client).await?;
            tx.commit().await?;
        }
        Ok(is_first)
    }
}
