//! Token introspection: tells another service whether a token is valid now.

use super::access_token;
use super::caller::AccessError;
use super::lifecycle::{Decision, PresentedFrom, decide};
use super::refresh::RefreshError;
use super::service::Sessions;
use super::session::Session;
use crate::hooks::ExtraClaims;
use crate::store::StoreError;
use latchkey_wire::AnyToken;

/// A token that the server would accept now.
pub struct LiveToken {
    /// The kind of the token.
    pub kind: TokenKind,
    /// Its session, with the user.
    pub session: Session,
    /// Seconds since 1970.
    pub issued_at: i64,
    /// Seconds since 1970.
    pub expires_at: i64,
    /// The claims of an access token that the application has added.
    pub claims: ExtraClaims,
}

/// The kind of a token.
pub enum TokenKind {
    /// An access token.
    Access {
        /// Its id.
        jti: String,
    },
    /// A refresh token.
    Refresh,
}

impl Sessions {
    /// The token, if the server would accept it now; `None` for any other text.
    ///
    /// A service that introspects an access token has received it from the client, so this counts as a use of the
    /// token, as at the server's own routes. Introspection of a refresh token changes nothing: a service that asks
    /// about an old refresh token does not replay it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn introspect(&self, token: &AnyToken) -> Result<Option<LiveToken>, StoreError> {
        match self.find_by_refresh_token(&token.as_refresh_token()).await {
            Ok((token, session)) => {
                // The request comes from the service, so its address is not that of the client of the token.
                let (from, now) = (PresentedFrom::Same, self.database.clock.now());
                let decision = decide(&session.state, token.generation, from, now, self.rules.retry_window);
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
            Err(
                RefreshError::Refused(_)
                | RefreshError::RefusedElsewhere { .. }
                | RefreshError::Claims(_)
                | RefreshError::Signing(_),
            ) => {}
        }
        let caller = match self.authenticate(&token.as_access_token()).await {
            Ok(caller) => caller,
            Err(AccessError::Store(error)) => return Err(error),
            Err(AccessError::Refused(_) | AccessError::RoleMissing) => return Ok(None),
        };
        let claims = access_token::claims(&self.keyring(), token.expose());
        Ok(claims.map(|claims| LiveToken {
            kind: TokenKind::Access { jti: claims.jti },
            session: caller.session,
            claims: caller.claims,
            issued_at: claims.iat,
            expires_at: claims.exp,
        }))
    }
}

fn describe_refresh_token(session: Session) -> LiveToken {
    let state = &session.state;
    LiveToken {
        kind: TokenKind::Refresh,
        claims: ExtraClaims::default(),
        issued_at: state.rotated_at.seconds(),
        expires_at: state.idle_expires_at.min(state.absolute_expires_at).seconds(),
        session,
    }
}
