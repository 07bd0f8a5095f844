//! Token introspection: tells another service whether a token is valid now.

use super::access_token;
use super::caller::{AccessError, authenticate};
use super::lifecycle::{Decision, PresentedFrom, decide};
use super::refresh::{RefreshError, recognise};
use super::service::Sessions;
use super::session::Session;
use crate::store::StoreError;
use latchkey_wire::AnyToken;

/// A token that would be accepted if it were presented.
pub struct LiveToken {
    pub kind: TokenKind,
    pub session: Session,
    /// Seconds since 1970.
    pub issued_at: i64,
    /// Seconds since 1970.
    pub expires_at: i64,
}

/// Which of the two it is.
pub enum TokenKind {
    Access { jti: String },
    Refresh,
}

/// The token, if it would be accepted; `None` for any other text.
///
/// An access token that is asked about has been presented to a service, so that counts as a use of it, as it does at a
/// route of our own. Asking about a refresh token uses nothing and changes nothing: it is the client's to present, and
/// a service that asks about an old one has not replayed it.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn introspect(sessions: &Sessions, token: &AnyToken) -> Result<Option<LiveToken>, StoreError> {
    match recognise(sessions, &token.as_refresh_token()).await {
        Ok((token, session)) => {
            // The service that asks has another address than the token's client, which would present it itself.
            let (from, now) = (PresentedFrom::Same, sessions.database.clock.now());
            let decision = decide(&session.state, token.generation, from, now, sessions.rules.retry_window);
            let is_live = match decision {
                Decision::Rotate | Decision::Retry(_) => true,
                Decision::Wait(_)
                | Decision::PasswordChanged
                | Decision::Replay
                | Decision::NotIssued
                | Decision::Refuse(_) => false,
            };
            return Ok(is_live.then(|| describe_refresh_token(session)));
        }
        Err(RefreshError::Store(error)) => return Err(error),
        Err(RefreshError::Refused(_) | RefreshError::RefusedElsewhere { .. } | RefreshError::Signing(_)) => {}
    }
    let caller = match authenticate(sessions, &token.as_access_token()).await {
        Ok(caller) => caller,
        Err(AccessError::Store(error)) => return Err(error),
        Err(AccessError::Refused(_) | AccessError::RoleMissing) => return Ok(None),
    };
    let claims = access_token::claims(&sessions.keyring(), token.expose());
    Ok(claims.map(|claims| LiveToken {
        kind: TokenKind::Access { jti: claims.jti },
        session: caller.session,
        issued_at: claims.iat,
        expires_at: claims.exp,
    }))
}

fn describe_refresh_token(session: Session) -> LiveToken {
    let state = &session.state;
    LiveToken {
        kind: TokenKind::Refresh,
        issued_at: state.rotated_at.seconds(),
        expires_at: state.idle_expires_at.min(state.absolute_expires_at).seconds(),
        session,
    }
}
