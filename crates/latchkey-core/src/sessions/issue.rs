//! Handing out tokens.

use super::access_token::{self, CLIENT_ID, Claims};
use super::keyring::Keyring;
use super::refresh_token::ParsedRefreshToken;
use super::service::Sessions;
use super::session::Session;
use crate::clock::Timestamp;
use crate::identity::User;
use crate::random;
use latchkey_wire::{AccessToken, TOKEN_TYPE, Tokens};

/// Fresh tokens. They go out only after the change behind them is on the disk.
pub struct Issued {
    access_token: AccessToken,
    access_expires_at: Timestamp,
    expires_in: u64,
    refresh_token: ParsedRefreshToken,
    refresh_expires_at: Timestamp,
    user: User,
}

/// The crypto library failed to sign, which is not expected.
#[derive(Debug, thiserror::Error)]
#[error("the access token could not be signed")]
pub struct SigningFailed;

/// The tokens of a session's head: its refresh token, the same each time, and a fresh access token.
///
/// "The same each time" rests on the secret: the one that the row names, which `keyring` must have been asked for after
/// the row was read or when it was written. One asked for earlier may not know a secret that another request has just
/// tagged the head under.
///
/// # Errors
/// [`SigningFailed`].
pub(super) fn issue(
    sessions: &Sessions,
    keyring: &Keyring,
    session: Session,
    now: Timestamp,
) -> Result<Issued, SigningFailed> {
    let Session { id, secret, tag_key, state, user, .. } = session;
    // Whole seconds are all that a JWT can say. Rounded up, so that a token lives as long as `expires_in` promises, but
    // never past its session.
    let session_end = state.absolute_expires_at.min(state.idle_expires_at);
    let expires_in = sessions.rules.lives.access_token_ttl.min(session_end.since(now)).as_secs();
    let exp = now.after(sessions.rules.lives.access_token_ttl).seconds_rounded_up().min(session_end.seconds());
    let claims = Claims {
        iss: sessions.rules.issuer.clone(),
        aud: sessions.rules.issuer.clone(),
        sub: user.id.to_string(),
        client_id: CLIENT_ID.to_owned(),
        sid: id.to_string(),
        generation: state.head.0,
        jti: random::id(&*sessions.database.random),
        iat: now.seconds(),
        exp,
        username: user.username.clone(),
        roles: user.roles.names(),
        nbf: None,
    };
    Ok(Issued {
        access_token: access_token::sign(keyring, &claims).ok_or(SigningFailed)?,
        access_expires_at: Timestamp::from_millis(exp.saturating_mul(1000)),
        expires_in,
        refresh_token: ParsedRefreshToken::mint(keyring, tag_key.as_deref(), id, state.head, secret),
        refresh_expires_at: state.idle_expires_at,
        user,
    })
}

impl From<Issued> for Tokens {
    fn from(issued: Issued) -> Self {
        Self {
            token: issued.access_token,
            refresh_token: issued.refresh_token.encode(),
            token_type: TOKEN_TYPE.to_owned(),
            expires_in: issued.expires_in,
            expires_at: issued.access_expires_at.to_string(),
            refresh_token_expires_at: issued.refresh_expires_at.to_string(),
            user: (&issued.user).into(),
        }
    }
}
