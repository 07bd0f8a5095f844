//! Who is calling: the check that every protected request passes.

use super::access_token;
use super::lifecycle::Generation;
use super::revoke::record_end;
use super::service::Sessions;
use super::session::Session;
use super::verified::VerifiedAccessToken;
use crate::clock::Timestamp;
use crate::identity::Role;
use crate::store::{self, StoreError};
use latchkey_wire::{AccessToken, Me, TokenError};
use std::time::Duration;

/// How often `last_seen_at` is written while a session is in use: a request costs a write once a minute, not each time.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// The access token is from before a password change in its session; the session itself is live.
const PASSWORD_CHANGED: AccessError = AccessError::Refused(TokenError::PasswordChanged);

/// A signed-in user, with the live session that the request came in by.
#[derive(Clone, Debug)]
pub struct Caller {
    pub session: Session,
    /// The generation of the access token.
    pub generation: Generation,
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("access token refused: {0:?}")]
    Refused(TokenError),
    #[error("the role is missing")]
    RoleMissing,
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

/// Checks an access token and that its session lives: a token is invalid as soon as its session is revoked, before it
/// expires.
///
/// The first use of a new generation is recorded: from then on the old refresh token is a replay, since its owner has
/// evidently received the new one.
///
/// # Errors
/// [`AccessError::Refused`] when the token or its session is not good.
pub async fn authenticate(sessions: &Sessions, bearer: &AccessToken) -> Result<Caller, AccessError> {
    let now = sessions.database.clock.now();
    let ended = AccessError::Refused(TokenError::SessionEnded);
    let Some((token, session)) = recognise(sessions, bearer, now).await? else {
        return Err(ended);
    };
    let state = &session.state;
    if let Some(reason) = state.over(now) {
        if !session.end_is_written {
            record_end(sessions, &session, reason).await?;
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
        let marked = store::sessions::mark_seen(&sessions.database.store, session.id, token.generation.0, now).await;
        // The rules need the generation. "Last seen" is only shown, so a failure to write it does not fail the request.
        if confirms {
            marked?
        } else {
            marked.unwrap_or_else(|error| tracing::warn!(%error, "last seen was not written"))
        }
    }
    Ok(Caller { session, generation: token.generation })
}

/// The session that a Bearer token belongs to, live or not, and the token's generation; `None` if no session has its id. A
/// logout must end the session also when it has just expired, or when the database is from an older backup.
///
/// # Errors
/// [`AccessError::Refused`] when the token is invalid, or is from before a password change.
pub(super) async fn find_live_or_ended(
    sessions: &Sessions,
    bearer: &AccessToken,
) -> Result<Option<(Generation, Session)>, AccessError> {
    let now = sessions.database.clock.now();
    match recognise(sessions, bearer, now).await? {
        Some((token, session)) if session.state.is_before_password_change(token.generation, now) => {
            Err(PASSWORD_CHANGED)
        }
        found => Ok(found.map(|(token, session)| (token.generation, session))),
    }
}

/// Checks the token alone, then finds its session.
async fn recognise(
    sessions: &Sessions,
    bearer: &AccessToken,
    now: Timestamp,
) -> Result<Option<(VerifiedAccessToken, Session)>, AccessError> {
    let (keyring, issuer) = (sessions.keyring(), &*sessions.rules.issuer);
    let token = access_token::verify(&keyring, &sessions.verified_tokens, issuer, bearer.expose(), now)
        .map_err(AccessError::Refused)?;
    let Some(row) = store::sessions::find(&sessions.database.store, token.session).await? else {
        return Ok(None);
    };
    let session = Session::try_from(row)?;
    Ok((session.user.id == token.user_id).then_some((token, session)))
}
