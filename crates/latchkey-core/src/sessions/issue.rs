//! Issues tokens.

use super::access_token::{self, CLIENT_ID, Claims};
use super::keyring::Keyring;
use super::refresh_token::ParsedRefreshToken;
use super::service::Sessions;
use super::session::Session;
use crate::clock::Timestamp;
use crate::hooks::ExtraClaims;
use crate::identity::User;
use crate::ids::SessionId;
use crate::random;
use latchkey_wire::{AccessToken, RefreshToken, TOKEN_TYPE, Tokens};

/// New tokens. The server sends them only after the change that they belong to is committed.
pub struct Issued {
    session_id: SessionId,
    access_token: AccessToken,
    access_expires_at: Timestamp,
    expires_in: u64,
    refresh_token: RefreshToken,
    refresh_expires_at: Timestamp,
    user: User,
}

/// The crypto library failed to sign, which is not expected.
#[derive(Debug, thiserror::Error)]
#[error("the access token could not be signed")]
pub struct SigningFailed;

impl Sessions {
    /// Returns the tokens of a session's head: its refresh token, which is the same at each call, and a new access
    /// token with the application's claims.
    ///
    /// `keyring` must have been read after the session's row was read, or when the row was written: an older keyring
    /// may lack the secret of the row's `tag_key`, and would create a different refresh token.
    ///
    /// # Errors
    /// [`SigningFailed`].
    pub(super) fn issue(
        &self,
        keyring: &Keyring,
        session: Session,
        extra: ExtraClaims,
        now: Timestamp,
    ) -> Result<Issued, SigningFailed> {
        let Session { id, secret, tag_key, state, user, .. } = session;
        // The times in a JWT are whole seconds. `exp` is rounded up, so that a token is valid for as long as
        // `expires_in` says, but not for longer than its session.
        let session_end = state.absolute_expires_at.min(state.idle_expires_at);
        let ttl = self.rules.lifetimes.access_token_ttl;
        let expires_in = ttl.min(session_end.since(now)).as_secs();
        let exp = now.after(ttl).seconds_rounded_up().min(session_end.seconds());
        let claims = Claims {
            iss: self.rules.issuer.clone(),
            aud: self.rules.issuer.clone(),
            sub: user.id.to_string(),
            client_id: CLIENT_ID.to_owned(),
            sid: id.to_string(),
            generation: state.head.0,
            jti: random::id(&*self.database.random),
            iat: now.seconds(),
            exp,
            username: user.username.clone(),
            roles: user.roles.names(),
            nbf: None,
        };
        Ok(Issued {
            session_id: id,
            access_token: access_token::sign(keyring.signing_key_in_use(now), &claims, &extra).ok_or(SigningFailed)?,
            access_expires_at: Timestamp::from_millis(exp.saturating_mul(1000)),
            expires_in,
            refresh_token: ParsedRefreshToken::mint(keyring.secret(&tag_key, now), id, state.head, secret)
                .encode(self.rules.refresh_token_prefix),
            refresh_expires_at: state.idle_expires_at,
            user,
        })
    }
}

impl Issued {
    /// The user who gets the tokens.
    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    /// The session of the tokens.
    pub(crate) fn session_id(&self) -> SessionId {
        self.session_id
    }
}

impl From<Issued> for Tokens {
    fn from(issued: Issued) -> Self {
        Self {
            token: issued.access_token,
            refresh_token: issued.refresh_token,
            token_type: TOKEN_TYPE.to_owned(),
            expires_in: issued.expires_in,
            expires_at: issued.access_expires_at.to_string(),
            refresh_token_expires_at: issued.refresh_expires_at.to_string(),
            user: (&issued.user).into(),
        }
    }
}
