//! Ending sessions. An ended session stays ended.

use super::client_info::ClientInfo;
use super::events::{SecurityEvent, record, record_lines};
use super::lifecycle::Generation;
use super::service::Sessions;
use super::session::Session;
use crate::batch;
use crate::database::Database;
use crate::ids::{SessionId, UserId};
use crate::store::{self, StoreError, Transaction};
use latchkey_wire::EndReason;

/// Ends those live sessions of a user that have not been seen for longest, so that one more makes no more than the set
/// number; the caller commits. The limit keeps the list of sessions short enough to read. If
/// the number was lowered and very many are too many, each sign-in ends a batch of them.
pub(super) async fn make_room(
    sessions: &Sessions,
    tx: &mut Transaction,
    user_id: &UserId,
    client: &ClientInfo,
) -> Result<(), StoreError> {
    let kept = sessions.rules.max_sessions.get() - 1;
    let (now, reason) = (sessions.database.clock.now(), EndReason::Displaced);
    let mut ended = Vec::new();
    for id in store::session_revocations::longest_unseen(tx, user_id, kept, batch::ROWS, now).await? {
        if store::session_revocations::revoke(tx, id, reason, now).await? {
            ended.push(id.to_string());
        }
    }
    let lines: Vec<_> = ended.iter().map(|id| (user_id.as_str(), id.as_str())).collect();
    record_lines(&sessions.database, tx, &lines, SecurityEvent::SessionRevoked(reason), client).await
}

/// Ends a session on presentation of a token of this generation and says so in the security log; answers whether it
/// did. It does not if the session had ended before, or no longer accepts that generation.
pub(super) async fn revoke(
    sessions: &Sessions,
    session: &Session,
    presented: Generation,
    reason: EndReason,
    event: SecurityEvent,
    client: &ClientInfo,
) -> Result<bool, StoreError> {
    let mut tx = sessions.database.store.begin().await?;
    let ends = store::sessions::lock_if_live(&mut tx, session.id, presented.0).await?;
    if ends {
        store::session_revocations::revoke(&mut tx, session.id, reason, sessions.database.clock.now()).await?;
        record(&sessions.database, &mut tx, &session.user.id, Some(session.id), event, client).await?;
    }
    tx.commit().await?;
    Ok(ends)
}

/// Writes an end that the row does not know of yet: neither a clock that is set back nor an account that is enabled
/// again must revive a session that has been refused. The security log gets no line: an expiry is not an event for the
/// user.
pub(super) async fn record_end(sessions: &Sessions, session: &Session, reason: EndReason) -> Result<(), StoreError> {
    let mut tx = sessions.database.store.begin().await?;
    store::session_revocations::revoke(&mut tx, session.id, reason, sessions.database.clock.now()).await?;
    tx.commit().await
}

/// Revokes a session as part of a bigger change; the caller commits. Answers whether it was not ended before.
pub(super) async fn revoke_in(
    database: &Database,
    tx: &mut Transaction,
    user_id: &UserId,
    id: SessionId,
    reason: EndReason,
    client: &ClientInfo,
) -> Result<bool, StoreError> {
    let ended = store::session_revocations::revoke(tx, id, reason, database.clock.now()).await?;
    if ended {
        record(database, tx, user_id, Some(id), SecurityEvent::SessionRevoked(reason), client).await?;
    }
    Ok(ended)
}
