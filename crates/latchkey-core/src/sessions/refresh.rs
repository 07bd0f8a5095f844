//! Exchanging a refresh token, by the rules of [`lifecycle`](super::lifecycle).

use super::ClientInfo;
use super::access_token::{TokenOwner, owner_of};
use super::elsewhere::record_from_elsewhere;
use super::events::SecurityEvent;
use super::issue::{Issued, SigningFailed, issue};
use super::lifecycle::{Decision, Generation, PresentedFrom, decide};
use super::refresh_token::ParsedRefreshToken;
use super::revoke::{record_end, revoke};
use super::service::Sessions;
use super::session::Session;
use super::source::Source;
use crate::metrics::RefreshOutcome;
use crate::store::{self, StoreError, sessions::Rotation};
use latchkey_wire::{AccessToken, EndReason, RefreshToken};
use std::time::Duration;

/// Why a refresh failed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    #[error("refused: {0:?}")]
    Refused(EndReason),
    /// The parent of a head that has been seen, from another network or user agent than the last rotation. The session
    /// goes on; after this time the token is a replay.
    #[error("presented from elsewhere")]
    RefusedElsewhere { wait: Duration },
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    #[error(transparent)]
    Store(#[from] StoreError),
}

const UNKNOWN: RefreshError = RefreshError::Refused(EndReason::Unknown);

/// Exchanges a refresh token.
///
/// The decision is made by the row as it was read, and a rotation is written only if the row still is what it was: the
/// same head, not ended. So of many requests with one token at once exactly one rotates; the others read the row again,
/// and now hold the parent. Reading needs no lock, and a token without our tag never reaches the writer: a flood of
/// made-up tokens does not delay real ones.
///
/// `access_token`, if given, must be one of ours and of the same session; it may have expired, and one whose key has
/// been retired is ignored.
///
/// # Errors
/// [`RefreshError::Refused`] with the reason; [`EndReason::Unknown`] for whatever is not a token of ours.
/// [`RefreshError::RefusedElsewhere`] changes nothing.
pub async fn refresh(
    sessions: &Sessions,
    presented: &RefreshToken,
    access_token: Option<&AccessToken>,
    client: &ClientInfo,
) -> Result<Issued, RefreshError> {
    let exchanged = exchange(sessions, presented, access_token, client).await;
    match &exchanged {
        Err(RefreshError::Refused(EndReason::Unknown)) => sessions.metrics.refresh(RefreshOutcome::Unknown),
        Err(RefreshError::Signing(_) | RefreshError::Store(_)) => sessions.metrics.refresh(RefreshOutcome::Failed),
        // Counted where it was decided.
        Ok(_) | Err(RefreshError::Refused(_) | RefreshError::RefusedElsewhere { .. }) => {}
    }
    exchanged
}

async fn exchange(
    sessions: &Sessions,
    presented: &RefreshToken,
    access_token: Option<&AccessToken>,
    client: &ClientInfo,
) -> Result<Issued, RefreshError> {
    let source = Source::of(client);
    loop {
        let (token, session) = recognise(sessions, presented).await?;
        let from = session.rotated_from.compare(&source);
        let keyring = sessions.keyring();
        let access_token_fits = access_token.is_none_or(|text| match owner_of(&keyring, text.expose()) {
            TokenOwner::Session(owner) => owner == session.id,
            TokenOwner::RetiredKey => true,
            TokenOwner::Forged => false,
        });
        let now = sessions.database.clock.now();
        match decide(&session.state, token.generation, from, now, sessions.rules.retry_window) {
            // After the decision, so that a wrong access token cannot hide a replay.
            Decision::Rotate | Decision::Retry(_) if !access_token_fits => return Err(UNKNOWN),
            Decision::Rotate => {
                let rotation = Rotation {
                    id: session.id,
                    from: session.state.head.0,
                    to: session.state.head.next().0,
                    now,
                    idle_expires_at: now
                        .after(sessions.rules.lives.lifetime(session.persistence).idle)
                        .min(session.state.absolute_expires_at),
                    tag_key: keyring.newest_secret_id().to_owned(),
                    ip: client.ip.clone(),
                    network: source.network.clone(),
                    user_agent: source.user_agent.clone(),
                };
                let (head, idle_expires_at) = (session.state.head.next(), rotation.idle_expires_at);
                if store::sessions::rotate(&sessions.database.store, rotation).await? {
                    let mut session = session;
                    session.state.head = head;
                    session.state.idle_expires_at = idle_expires_at;
                    session.tag_key = Some(keyring.newest_secret_id().to_owned());
                    let issued = issue(sessions, &keyring, session, now)?;
                    sessions.metrics.refresh(RefreshOutcome::Rotated);
                    return Ok(issued);
                }
                // Another request was first. Its head never goes back, so this loop ends.
            }
            Decision::Retry(from) => {
                tracing::debug!(session = %session.id, "retry: the same refresh token again");
                let mut outcome = RefreshOutcome::Retried;
                if from == PresentedFrom::Elsewhere {
                    outcome = RefreshOutcome::RetriedElsewhere;
                    record_from_elsewhere(sessions, &session, SecurityEvent::RetriedElsewhere, client).await;
                }
                let issued = issue(sessions, &keyring, session, now)?;
                sessions.metrics.refresh(outcome);
                return Ok(issued);
            }
            Decision::Wait(wait) => {
                record_from_elsewhere(sessions, &session, SecurityEvent::RefusedElsewhere, client).await;
                sessions.metrics.refresh(RefreshOutcome::RefusedElsewhere);
                return Err(RefreshError::RefusedElsewhere { wait });
            }
            Decision::PasswordChanged => {
                sessions.metrics.refresh(RefreshOutcome::PasswordChanged);
                return Err(RefreshError::Refused(EndReason::PasswordChanged));
            }
            // A replay is still a replay when it is written, since generations only grow; unless a password change
            // comes first, and then the row is read again.
            Decision::Replay => {
                let end = (EndReason::Replayed, SecurityEvent::ReplayDetected, RefreshOutcome::Replayed);
                end_session(sessions, &session, token.generation, end, client).await?;
            }
            Decision::NotIssued => {
                let event = SecurityEvent::SessionRevoked(EndReason::Restored);
                let end = (EndReason::Restored, event, RefreshOutcome::Restored);
                end_session(sessions, &session, token.generation, end, client).await?;
            }
            Decision::Refuse(reason) => {
                if !session.end_is_written {
                    record_end(sessions, &session, reason).await?;
                }
                let expired = reason == EndReason::Expired;
                sessions.metrics.refresh(if expired { RefreshOutcome::Expired } else { RefreshOutcome::Revoked });
                return Err(RefreshError::Refused(reason));
            }
        }
    }
}

/// Ends the session on presentation of a token of this generation; returns only if its row is another by now.
async fn end_session(
    sessions: &Sessions,
    session: &Session,
    presented: Generation,
    (reason, event, outcome): (EndReason, SecurityEvent, RefreshOutcome),
    client: &ClientInfo,
) -> Result<(), RefreshError> {
    if !revoke(sessions, session, presented, reason, event, client).await? {
        return Ok(());
    }
    sessions.metrics.refresh(outcome);
    let word = reason.as_str();
    tracing::warn!(session = %session.id, reason = word, "session ended on presentation of a refresh token");
    Err(RefreshError::Refused(reason))
}

/// Finds the session of a presented refresh token and checks the tag.
pub(super) async fn recognise(
    sessions: &Sessions,
    presented: &RefreshToken,
) -> Result<(ParsedRefreshToken, Session), RefreshError> {
    let token = ParsedRefreshToken::parse(presented.expose()).ok_or(UNKNOWN)?;
    let row = store::sessions::find(&sessions.database.store, token.session).await?.ok_or(UNKNOWN)?;
    let session = Session::try_from(row)?;
    if session.handed_out(&token, &sessions.keyring()) { Ok((token, session)) } else { Err(UNKNOWN) }
}
