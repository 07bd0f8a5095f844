//! Authentication: the check that every protected request passes.

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

/// How often `last_seen_at` is written while a session is in use: a request costs a write once a minute, not each time.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// The server issued the access token before a password change in its session; the session itself is live.
const PASSWORD_CHANGED: AccessError = AccessError::Refused(TokenError::PasswordChanged);

/// The signed-in user who sent a request, with the live session of their access token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session, with its user.
    pub session: Session,
    /// The generation of the access token.
    pub generation: Generation,
    /// The claims that the application added to the access token when it was issued; none if the token is from before
    /// the application did that. The user and the roles in `session` are those of this moment.
    pub claims: ExtraClaims,
}

/// Why a request is refused.
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
    /// Checks an access token and that its session is live: a token becomes invalid when its session is revoked, before
    /// it expires.
    ///
    /// The first use of a new generation is recorded. From then on the old refresh token is a replay, since its owner
    /// has evidently received the new one.
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
        // A generation that the row has not reached: the database is older than the token.
        if token.generation > state.head {
            return Err(ended);
        }
        let confirms = token.generation > state.confirmed;
        if confirms || now.since(session.last_seen_at) >= SEEN_EVERY {
            let marked = store::sessions::mark_seen(&self.database.store, session.id, token.generation.0, now).await;
            // The rules need the generation. "Last seen" is only shown, so a failure to write it does not fail the
            // request.
            if confirms {
                marked?
            } else {
                marked.unwrap_or_else(|error| tracing::warn!(%error, "last seen was not written"))
            }
        }
        Ok(Caller { session, generation: token.generation, claims: token.claims })
    }

    /// The session of an access token, live or not, and the token's generation; `None` if there is no such session. A
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
