//! Ending sessions for good.

use super::caller::{self, Caller};
use super::events::{EventKind, record, record_each, record_of};
use super::lifecycle::Generation;
use super::refresh::{RefreshError, recognise};
use super::service::Sessions;
use super::session::Session;
use super::{AccessError, Device, SessionId};
use crate::server::batch;
use crate::server::detached::Panicked;
use crate::server::ledger::Ledger;
use crate::server::store::{self, StoreError, Transaction};
use latchkey_wire::{EndReason, Secret, TokenFault};

/// Logs out: ends the session of the refresh token, of whatever generation, or else that of the Bearer token. Fine if it
/// had ended before (RFC 7009 §2.2), and if the refresh token is none of ours, or from before a password change in its
/// session: then there is nothing to end.
///
/// # Errors
/// [`AccessError::Refused`] when there is no refresh token and the Bearer token is not good; [`AccessError::Store`]: the
/// session may still live, so the caller must be told.
pub async fn log_out(
    sessions: &Sessions,
    refresh_token: Option<&Secret>,
    bearer: Result<Secret, TokenFault>,
    device: &Device,
) -> Result<(), AccessError> {
    let found = match refresh_token {
        Some(presented) => match recognise(sessions, presented).await {
            Ok((token, session))
                if !session.standing.is_before_password_change(token.generation, sessions.ledger.clock.now()) =>
            {
                Some((token.generation, session))
            }
            Err(RefreshError::Store(error)) => return Err(error.into()),
            Ok(_) | Err(_) => None,
        },
        None => None,
    };
    let found = match (found, bearer) {
        (Some(found), _) => Some(found),
        (None, Ok(bearer)) => caller::of_live_or_ended(sessions, &bearer).await?,
        (None, Err(_)) if refresh_token.is_some() => None,
        (None, Err(fault)) => return Err(AccessError::Refused(fault)),
    };
    if let Some((generation, session)) = found {
        revoke(sessions, &session, generation, EndReason::LoggedOut, EventKind::SignedOut, device).await?;
    }
    Ok(())
}

/// Ends the session of a token of either kind. One that is none of ours, or no longer good, ends nothing, and is no
/// error (RFC 7009 §2.2).
///
/// # Errors
/// [`StoreError`]: the session may still live, so the caller must be told.
pub async fn revoke_by_token(sessions: &Sessions, token: &Secret, device: &Device) -> Result<(), StoreError> {
    match log_out(sessions, Some(token), Ok(token.clone()), device).await {
        Err(AccessError::Store(error)) => Err(error),
        Ok(()) | Err(AccessError::Refused(_) | AccessError::RoleMissing) => Ok(()),
    }
}

/// Why a session was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    #[error("no such session of this user")]
    NotFound,
    #[error("the session that asked has ended meanwhile")]
    AskerEnded,
    #[error(transparent)]
    Panicked(#[from] Panicked),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends one of the caller's sessions; fine if it had ended before. Somebody else's session and one that never was are
/// answered alike.
///
/// # Errors
/// [`RevokeError::NotFound`] for a session that is not the caller's own.
pub async fn revoke_one(sessions: &Sessions, caller: &Caller, id: &str, device: &Device) -> Result<(), RevokeError> {
    let user_id = &caller.session.user.id;
    let id = SessionId::parse(id).ok_or(RevokeError::NotFound)?.to_string();
    if store::sessions::owner(&sessions.ledger.store, &id).await?.as_ref() != Some(user_id) {
        return Err(RevokeError::NotFound);
    }
    let mut tx = begin_as(sessions, caller).await?.ok_or(RevokeError::AskerEnded)?;
    end(&sessions.ledger, &mut tx, user_id, id, EndReason::Revoked, device).await?;
    Ok(tx.commit().await?)
}

/// A transaction in which the session that asks has not been revoked, still accepts the access token that it asked with,
/// and goes on doing so; `None` if not. Between the check of the access token and this moment the session may have ended, or
/// its password may have changed; a thief who has just been thrown out must not throw out the owner in turn, or change the
/// password.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn begin_as(sessions: &Sessions, caller: &Caller) -> Result<Option<Transaction>, StoreError> {
    let mut tx = sessions.ledger.store.begin().await?;
    let alive = store::sessions::lock_if_live(&mut tx, &caller.session.id.to_string(), caller.generation.0).await?;
    Ok(alive.then_some(tx))
}

/// Ends those live sessions of a user that have not been seen for longest, so that one more makes no more than the set
/// number; the caller commits. A list of sessions is worth something as long as a person can read it to the end. If very
/// many are too many, because the number was lowered, each sign-in ends a batch of them.
pub(super) async fn make_room(
    sessions: &Sessions,
    tx: &mut Transaction,
    user_id: &str,
    device: &Device,
) -> Result<(), StoreError> {
    let kept = sessions.rules.max_sessions.get() - 1;
    let (now, reason) = (sessions.ledger.clock.now(), EndReason::Displaced);
    let mut ended = Vec::new();
    for id in store::session_revocations::longest_unseen(tx, user_id, kept, batch::ROWS, now).await? {
        if store::session_revocations::revoke(tx, &id, reason.as_str(), now).await? {
            ended.push(id);
        }
    }
    record_each(&sessions.ledger, tx, user_id, &ended, EventKind::SessionRevoked(reason), device).await
}

/// Ends a session on presentation of a token of this generation and says so in the security log; answers whether it did.
/// It does not if the session had ended before, or no longer accepts that generation.
pub(super) async fn revoke(
    sessions: &Sessions,
    session: &Session,
    presented: Generation,
    reason: EndReason,
    kind: EventKind,
    device: &Device,
) -> Result<bool, StoreError> {
    let mut tx = sessions.ledger.store.begin().await?;
    let id = session.id.to_string();
    let ends = store::sessions::lock_if_live(&mut tx, &id, presented.0).await?;
    if ends {
        store::session_revocations::revoke(&mut tx, &id, reason.as_str(), sessions.ledger.clock.now()).await?;
        record(&sessions.ledger, &mut tx, &session.user.id, Some(session.id), kind, device).await?;
    }
    tx.commit().await?;
    Ok(ends)
}

/// Makes an end for good that the row does not know of yet: neither a clock that is set back nor an account that is
/// enabled again must revive what has been refused. The security log says nothing: that a session ran out is no news.
pub(super) async fn write_end(sessions: &Sessions, session: &Session, reason: EndReason) -> Result<(), StoreError> {
    let mut tx = sessions.ledger.store.begin().await?;
    store::session_revocations::revoke(&mut tx, &session.id.to_string(), reason.as_str(), sessions.ledger.clock.now())
        .await?;
    tx.commit().await
}

/// The same as a step of a bigger change; answers whether this was the end of it.
pub(super) async fn end(
    ledger: &Ledger,
    tx: &mut Transaction,
    user_id: &str,
    id: String,
    reason: EndReason,
    device: &Device,
) -> Result<bool, StoreError> {
    let ended = store::session_revocations::revoke(tx, &id, reason.as_str(), ledger.clock.now()).await?;
    if ended {
        record_of(ledger, tx, user_id, Some(id), EventKind::SessionRevoked(reason), device).await?;
    }
    Ok(ended)
}
