//! Recording that a refresh token was presented from elsewhere than its session was last refreshed from.

use super::ClientInfo;
use super::events::{SecurityEvent, record};
use super::service::Sessions;
use super::session::Session;
use crate::store::{self, StoreError};
use std::time::Duration;

/// A session gets at most one line of a kind in this time: the security log is its owner's to read, and a thief that polls
/// must not fill it.
const AT_MOST_EVERY: Duration = Duration::from_secs(60 * 60);

/// Times in the log may be this much late, see [`store::events::insert`].
const LATE: Duration = Duration::from_millis(500);

impl Sessions {
    /// Writes a line to the security log, unless the session has one of this kind already from the last hour, and one to
    /// the operator's log. If that fails, the answer to the client is the same: the rules do not depend on the log.
    pub(super) async fn record_from_elsewhere(&self, session: &Session, event: SecurityEvent, client: &ClientInfo) {
        let kind = event.kind();
        let kind = kind.as_str();
        match self.write_once_an_hour(session, event, client).await {
            Ok(true) => tracing::warn!(session = %session.id, event = kind, "refresh token presented from elsewhere"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, event = kind, "the security log was not written"),
        }
    }

    /// Returns whether the line was written. A thief that polls is mostly stopped by the first query, which needs no
    /// write transaction.
    async fn write_once_an_hour(
        &self,
        session: &Session,
        event: SecurityEvent,
        client: &ClientInfo,
    ) -> Result<bool, StoreError> {
        let (user_id, kind) = (&session.user.id, event.kind());
        let (now, reach) = (self.database.clock.now(), AT_MOST_EVERY - LATE);
        // Compared in both directions: a clock set back by a day must not suppress lines for a day.
        let recent = store::events::Recent {
            user_id,
            session_id: session.id,
            kind: kind.as_str(),
            after: now.before(reach),
            before: now.after(reach),
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
