//! Exchanges a refresh token by the rules of [`lifecycle`](super::lifecycle).

use super::ClientInfo;
use super::access_token::{TokenOwner, owner_of};
use super::events::SecurityEvent;
use super::issue::{IssuedTokens, SigningFailed};
use super::keyring::Keyring;
use super::lifecycle::{Decision, Generation, PresentedFrom, decide};
use super::refresh_token::ParsedRefreshToken;
use super::service::Sessions;
use super::session::{RevocationRecord, Session};
use super::source::Source;
use crate::clock::Timestamp;
use crate::hooks::ClaimsError;
use crate::metrics::RefreshOutcome;
use crate::store::{self, StoreError, sessions::Rotation};
use latchkey_wire::{AccessToken, EndReason, RefreshToken};
use std::time::Duration;

/// Why a refresh failed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The session has ended, or the server did not issue the token.
    #[error("refused: {0:?}")]
    Refused(EndReason),
    /// The token is the parent of a confirmed head and comes from another network or user agent than the last rotation.
    /// The session stays live; after `wait` the token is a replay.
    #[error("presented from elsewhere")]
    RefusedElsewhere {
        /// When the client may try again.
        wait: Duration,
    },
    /// The application's claims could not be added to the access token.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// The access token could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const UNKNOWN: RefreshError = RefreshError::Refused(EndReason::Unknown);

impl Sessions {
    /// Exchanges a refresh token for the next one and a new access token.
    ///
    /// The decision is based on the row as it was read. A rotation is written only if the row has not changed since:
    /// the same head, not revoked. So of many simultaneous requests with one token exactly one rotates; the others read
    /// the row again, and find that their token is the parent. Reading needs no lock, and a token without a valid tag
    /// causes no write, so a flood of forged tokens does not delay valid ones.
    ///
    /// `access_token`, if given, must be one that the server issued for the same session. It may have expired, and one
    /// whose key has been retired is ignored.
    ///
    /// # Errors
    /// [`RefreshError::Refused`] with the reason; [`EndReason::Unknown`] for a token that the server did not issue.
    /// [`RefreshError::RefusedElsewhere`] changes nothing.
    pub async fn refresh(
        &self,
        presented: &RefreshToken,
        access_token: Option<&AccessToken>,
        client: &ClientInfo,
    ) -> Result<IssuedTokens, RefreshError> {
        let exchanged = self.exchange(presented, access_token, client).await;
        match &exchanged {
            Err(RefreshError::Refused(EndReason::Unknown)) => self.metrics.refresh(RefreshOutcome::Unknown),
            Err(RefreshError::Claims(_) | RefreshError::Signing(_) | RefreshError::Store(_)) => {
                self.metrics.refresh(RefreshOutcome::Failed)
            }
            // `exchange` has already counted these.
            Ok(_) | Err(RefreshError::Refused(_) | RefreshError::RefusedElsewhere { .. }) => {}
        }
        exchanged
    }

    async fn exchange(
        &self,
        presented: &RefreshToken,
        access_token: Option<&AccessToken>,
        client: &ClientInfo,
    ) -> Result<IssuedTokens, RefreshError> {
        let source = Source::of(client);
        loop {
            let (token, session) = self.find_by_refresh_token(presented).await?;
            let from = session.rotated_from.compare(&source);
            let keyring = self.keyring();
            let access_token_fits = access_token.is_none_or(|text| match owner_of(&keyring, text.expose()) {
                TokenOwner::Session(owner) => owner == session.id,
                TokenOwner::RetiredKey => true,
                TokenOwner::Forged => false,
            });
            let now = self.database.clock.now();
            match decide(&session.state, token.generation, from, now, self.rules.retry_window) {
                // Checked after the decision, so that a wrong access token cannot hide a replay.
                Decision::Rotate | Decision::Retry(_) if !access_token_fits => return Err(UNKNOWN),
                Decision::Rotate => {
                    // The hook runs before the rotation, so that its failure changes nothing.
                    let claims = self.hooks.extra_claims(&session.user).await?;
                    // A hook may take seconds.
                    let now = self.database.clock.now();
                    if let Some(rotated) = self.rotate(&keyring, session, &source, client, now).await? {
                        let issued = self.issue(&keyring, rotated, claims, now)?;
                        self.metrics.refresh(RefreshOutcome::Rotated);
                        return Ok(issued);
                    }
                    // Another request has changed the row. A head only grows, so this loop ends.
                }
                Decision::Retry(from) => {
                    tracing::debug!(session = %session.id, "retry: the same refresh token again");
                    let mut outcome = RefreshOutcome::Retried;
                    if from == PresentedFrom::Elsewhere {
                        outcome = RefreshOutcome::RetriedElsewhere;
                        self.record_from_elsewhere(&session, SecurityEvent::RetriedElsewhere, client).await;
                    }
                    let claims = self.hooks.extra_claims(&session.user).await?;
                    let issued = self.issue(&keyring, session, claims, self.database.clock.now())?;
                    self.metrics.refresh(outcome);
                    return Ok(issued);
                }
                Decision::Wait(wait) => {
                    self.record_from_elsewhere(&session, SecurityEvent::RefusedElsewhere, client).await;
                    self.metrics.refresh(RefreshOutcome::RefusedElsewhere);
                    return Err(RefreshError::RefusedElsewhere { wait });
                }
                Decision::PasswordChanged => {
                    self.metrics.refresh(RefreshOutcome::PasswordChanged);
                    return Err(RefreshError::Refused(EndReason::PasswordChanged));
                }
                // Generations only grow, so a replay is still one when the revocation is written. Only a password
                // change in between makes a difference; the row is then read again.
                Decision::Replay => {
                    let why = (EndReason::Replayed, SecurityEvent::ReplayDetected, RefreshOutcome::Replayed);
                    self.revoke_presented(&session, token.generation, why, client).await?;
                }
                Decision::NotIssued => {
                    let event = SecurityEvent::SessionRevoked(EndReason::Restored);
                    let why = (EndReason::Restored, event, RefreshOutcome::Restored);
                    self.revoke_presented(&session, token.generation, why, client).await?;
                }
                Decision::Refuse(reason) => {
                    if session.revocation_record == RevocationRecord::Missing {
                        self.record_end(&session, reason).await?;
                    }
                    let expired = reason == EndReason::Expired;
                    self.metrics.refresh(if expired { RefreshOutcome::Expired } else { RefreshOutcome::Revoked });
                    return Err(RefreshError::Refused(reason));
                }
            }
        }
    }

    /// Writes the next generation of a session and returns the updated session; `None` if the row has changed since it
    /// was read.
    async fn rotate(
        &self,
        keyring: &Keyring,
        mut session: Session,
        source: &Source,
        client: &ClientInfo,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let idle = self.rules.lifetimes.for_session(session.persistence).idle;
        let tag_secret = keyring.secret_in_use(now);
        let rotation = Rotation {
            id: session.id,
            from: session.state.head.0,
            to: session.state.head.next().0,
            now,
            idle_expires_at: now.after(idle).min(session.state.absolute_expires_at),
            tag_key: tag_secret.id().to_owned(),
            ip: client.ip.clone(),
            network: source.network.clone(),
            user_agent: source.user_agent.clone(),
        };
        session.state.head = session.state.head.next();
        session.state.idle_expires_at = rotation.idle_expires_at;
        session.tag_key = tag_secret.tag_key();
        Ok(store::sessions::rotate(&self.database.store, rotation).await?.then_some(session))
    }

    /// Revokes the session because a token of this generation was presented. Returns `Ok` only if the row has changed
    /// since it was read.
    async fn revoke_presented(
        &self,
        session: &Session,
        presented: Generation,
        (reason, event, outcome): (EndReason, SecurityEvent, RefreshOutcome),
        client: &ClientInfo,
    ) -> Result<(), RefreshError> {
        if !self.revoke(session, presented, reason, event, client).await? {
            return Ok(());
        }
        self.metrics.refresh(outcome);
        let word = reason.as_str();
        tracing::warn!(session = %session.id, reason = word, "session ended on presentation of a refresh token");
        Err(RefreshError::Refused(reason))
    }

    /// Finds the session of a presented refresh token and checks the token's tag.
    pub(super) async fn find_by_refresh_token(
        &self,
        presented: &RefreshToken,
    ) -> Result<(ParsedRefreshToken, Session), RefreshError> {
        let token = ParsedRefreshToken::parse(presented.expose(), self.rules.refresh_token_prefix).ok_or(UNKNOWN)?;
        let row = store::sessions::find(&self.database.store, token.session).await?.ok_or(UNKNOWN)?;
        let session = Session::from_row(row, self.rules.user_fields)?;
        if session.has_issued(&token, &self.keyring()) { Ok((token, session)) } else { Err(UNKNOWN) }
    }
}
