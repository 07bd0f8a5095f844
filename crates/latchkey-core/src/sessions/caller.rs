//! Authentication: the check of the access token of every protected request.

use super::access_token;
use super::lifecycle::Generation;
use super::service::Sessions;
use super::session::{RevocationRecord, Session};
use super::verified::VerifiedAccessToken;
use crate::clock::Timestamp;
use crate::hooks::ExtraClaims;
use crate::identity::Role;
use crate::store::{self, StoreError};
use latchkey_wire::{AccessToken, Me, TokenError};
use std::time::Duration;

/// How often `last_seen_at` is written while a session is in use: at most one request a minute causes a write.
const LAST_SEEN_INTERVAL: Duration = Duration::from_secs(60);

/// The server issued the access token before a password change in its session; the session itself is live.
const PASSWORD_CHANGED: AccessError = AccessError::Refused(TokenError::PasswordChanged);

/// The signed-in user who sent a request, with the live session of their access token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session, with its user.
    pub session: Session,
    /// The generation of the access token.
    pub generation: Generation,
    /// The claims that the application added to the access token when it was issued; empty if the application did not
    /// add claims then. The user and the roles in `session` are current.
    pub claims: ExtraClaims,
}

/// Why a request is rejected.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The access token or its session is not valid.
    #[error("access token refused: {0:?}")]
    Refused(TokenError),
    /// The user does not have the required role.
    #[error("the role is missing")]
    RoleMissing,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Caller {
    /// Requires this role. Roles are read with the session, so removing one takes effect at once.
    ///
    /// # Errors
    /// [`AccessError::RoleMissing`].
    pub fn require(&self, role: &Role) -> Result<(), AccessError> {
        if self.session.user.roles.contains(role) { Ok(()) } else { Err(AccessError::RoleMissing) }
    }
}

impl From<Caller> for Me {
    fn from(caller: Caller) -> Self {
        Self { user: (&caller.session.user).into(), session: (&caller.session).into() }
    }
}

impl Sessions {
    /// Checks an access token and that its session is live. So a token becomes invalid as soon as its session is
    /// revoked, not only when it expires.
    ///
    /// The first use of a new generation is recorded. From then on, the parent refresh token is not accepted as a
    /// retry of a lost response, because the client has received the new one.
    ///
    /// # Errors
    /// [`AccessError::Refused`] when the token or its session is not valid.
    pub async fn authenticate(&self, bearer: &AccessToken) -> Result<Caller, AccessError> {
        let now = self.database.clock.now();
        let ended = AccessError::Refused(TokenError::SessionEnded);
        let Some((token, session)) = self.find_by_access_token(bearer, now).await? else {
            return Err(ended);
        };
        let state = &session.state;
        if let Some(reason) = state.end_reason(now) {
            if session.revocation_record == RevocationRecord::Missing {
                self.record_end(&session, reason).await?;
            }
            return Err(ended);
        }
        if state.is_before_password_change(token.generation, now) {
            return Err(PASSWORD_CHANGED);
        }
        // The row has not reached this generation, so the database was restored from a backup older than the token.
        if token.generation > state.head {
            return Err(ended);
        }
        let confirms = token.generation > state.confirmed;
        if confirms || now.since(session.last_seen_at) >= LAST_SEEN_INTERVAL {
            let marked = store::sessions::mark_seen(&self.database.store, session.id, token.generation.0, now).await;
            // The lifecycle depends on the confirmed generation. "Last seen" is only displayed, so a failure to write
            // it does not fail the request.
            if confirms {
                marked?
            } else {
                marked.unwrap_or_else(|error| tracing::warn!(%error, "last seen was not written"))
            }
        }
        Ok(Caller { session, generation: token.generation, claims: token.claims })
    }

    /// The session of an access token, live or not, and the token's generation; `None` for an unknown session. A
    /// logout must revoke the session also when it has just expired, or when the database is from an older backup.
    ///
    /// # Errors
    /// [`AccessError::Refused`] when the token is invalid, or older than a password change.
    pub(super) async fn find_live_or_ended(
        &self,
        bearer: &AccessToken,
    ) -> Result<Option<(Generation, Session)>, AccessError> {
        let now = self.database.clock.now();
        match self.find_by_access_token(bearer, now).await? {
            Some((token, session)) if session.state.is_before_password_change(token.generation, now) => {
                Err(PASSWORD_CHANGED)
            }
            found => Ok(found.map(|(token, session)| (token.generation, session))),
        }
    }

    /// Checks the token alone, then finds its session.
    async fn find_by_access_token(
        &self,
        bearer: &AccessToken,
        now: Timestamp,
    ) -> Result<Option<(VerifiedAccessToken, Session)>, AccessError> {
        let (keyring, issuer) = (self.keyring(), &*self.rules.issuer);
        let token = access_token::verify(&keyring, &self.verified_tokens, issuer, bearer.expose(), now)
            .map_err(AccessError::Refused)?;
        let Some(row) = store::sessions::find(&self.database.store, token.session).await? else {
            return Ok(None);
        };
        let session = Session::from_row(row, self.rules.user_fields)?;
        Ok((session.user.id == token.user_id).then_some((token, session)))
    }
}
