//! Issues the tokens of a session: access token and refresh token.

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
use std::time::Duration;

/// The tokens that a client gets at a sign-in, a refresh or a password change. The caller commits that change before it
/// sends the tokens.
pub struct IssuedTokens {
    session_id: SessionId,
    access_token: AccessToken,
    access_expires_at: Timestamp,
    expires_in: u64,
    refresh_token: RefreshToken,
    refresh_expires_at: Timestamp,
    user: User,
}

/// The crypto library failed to sign the access token. This is not expected.
#[derive(Debug, thiserror::Error)]
#[error("the access token could not be signed")]
pub struct SigningFailed;

impl Sessions {
    /// Returns the refresh token of a session's newest generation, which is the same at each call, and a new access
    /// token with the application's claims.
    ///
    /// Read `keyring` after the session's row, or with the write of the row: an older keyring may lack the secret of
    /// the row's `tag_key`, and would create a different refresh token.
    ///
    /// # Errors
    /// [`SigningFailed`].
    pub(super) fn issue(
        &self,
        keyring: &Keyring,
        session: Session,
        extra: ExtraClaims,
        now: Timestamp,
    ) -> Result<IssuedTokens, SigningFailed> {
        let Session { id, secret, tag_key, state, user, .. } = session;
        let session_end = state.absolute_expires_at.min(state.idle_expires_at);
        let Expiry { exp, expires_in } = access_token_expiry(now, self.rules.lifetimes.access_token_ttl, session_end);
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
        Ok(IssuedTokens {
            session_id: id,
            access_token: access_token::sign(keyring.signing_key_in_use(now), &claims, &extra).ok_or(SigningFailed)?,
            access_expires_at: Timestamp::from_seconds(exp),
            expires_in,
            refresh_token: ParsedRefreshToken::mint(keyring.secret(&tag_key, now), id, state.head, secret)
                .encode(self.rules.refresh_token_prefix),
            refresh_expires_at: state.idle_expires_at,
            user,
        })
    }
}

/// When an access token expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Expiry {
    /// The claim `exp`: seconds since 1970.
    exp: i64,
    /// `expires_in` of RFC 6749 §5.1: the seconds for which the client can use the token.
    expires_in: u64,
}

/// Computes when an access token expires that is issued at `now`. JWTs count whole seconds. `exp` is rounded up, so
/// that the token is valid for its whole TTL, but not after the end of its session. `expires_in` is the rest until
/// `exp`, rounded down.
fn access_token_expiry(now: Timestamp, ttl: Duration, session_end: Timestamp) -> Expiry {
    let exp = now.after(ttl).seconds_rounded_up().min(session_end.seconds());
    Expiry { exp, expires_in: Timestamp::from_seconds(exp).since(now).as_secs() }
}

impl IssuedTokens {
    /// The user who gets the tokens.
    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    /// The session of the tokens.
    pub(crate) fn session_id(&self) -> SessionId {
        self.session_id
    }
}

impl From<IssuedTokens> for Tokens {
    fn from(issued: IssuedTokens) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(3);

    #[test]
    fn expires_in_never_exceeds_the_tokens_exp() {
        for (now, session_end) in
            (0..2000).step_by(100).flat_map(|now| (now..9000).step_by(100).map(move |end| (now, end)))
        {
            let (now, session_end) = (Timestamp::from_millis(now), Timestamp::from_millis(session_end));
            let Expiry { exp, expires_in } = access_token_expiry(now, TTL, session_end);
            let exp = Timestamp::from_seconds(exp);
            let context = format!("{now} {session_end}: {exp} {expires_in}");
            assert!(exp <= session_end, "{context}");
            assert!(expires_in == 0 || now.after(Duration::from_secs(expires_in)) <= exp, "{context}");
            assert!(expires_in <= TTL.as_secs(), "{context}");
            assert!(exp.since(now) < Duration::from_secs(expires_in + 1), "less than the token allows: {context}");
        }
    }

    #[test]
    fn expires_in_of_a_long_session_is_the_ttl() {
        for now in (0..1000).step_by(100).map(Timestamp::from_millis) {
            assert_eq!(access_token_expiry(now, TTL, Timestamp::from_millis(9000)).expires_in, TTL.as_secs(), "{now}");
        }
    }
}
