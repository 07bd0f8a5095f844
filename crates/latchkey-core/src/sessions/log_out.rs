//! Logout and token revocation.

use super::ClientInfo;
use super::caller::AccessError;
use super::events::SecurityEvent;
use super::refresh::RefreshError;
use super::service::Sessions;
use crate::store::StoreError;
use latchkey_wire::{AccessToken, AnyToken, EndReason, RefreshToken, TokenError};

impl Sessions {
    /// Logs out: revokes the session of the refresh token, of any generation. If there is no refresh token, or it has
    /// no effect, revokes the session of the access token. A refresh token that the server did not issue, or issued
    /// before a password change in its session, has no effect. Succeeds also if there is nothing to revoke (RFC 7009
    /// §2.2).
    ///
    /// # Errors
    /// [`AccessError::Refused`] if the request has neither a refresh token nor an access token, or if the access token
    /// is needed and is not valid; [`AccessError::Store`] if the revocation could not be written: the session may still
    /// be live, so the client must get an error.
    pub async fn log_out(
        &self,
        refresh_token: Option<&RefreshToken>,
        bearer: Result<AccessToken, TokenError>,
        client: &ClientInfo,
    ) -> Result<(), AccessError> {
        let found = match refresh_token {
            Some(presented) => match self.find_by_refresh_token(presented).await {
                Ok((token, session))
                    if !session.state.is_before_password_change(token.generation, self.database.clock.now()) =>
                {
                    Some((token.generation, session))
                }
                Err(RefreshError::Store(error)) => return Err(error.into()),
                Ok(_) | Err(_) => None,
            },
            None => None,
        };
        let found = match (found, bearer) {
            (Some(found), _) => Some(found),
            (None, Ok(bearer)) => self.find_live_or_ended(&bearer).await?,
            (None, Err(_)) if refresh_token.is_some() => None,
            (None, Err(fault)) => return Err(AccessError::Refused(fault)),
        };
        if let Some((generation, session)) = found {
            self.revoke(&session, generation, EndReason::LoggedOut, SecurityEvent::SignedOut, client).await?;
        }
        Ok(())
    }

    /// Revokes the session of a token of either kind. A token that the server did not issue, or that is no longer
    /// valid, revokes nothing and is not an error (RFC 7009 §2.2).
    ///
    /// # Errors
    /// [`StoreError`]: the session may still be live, so the client must get an error.
    pub async fn revoke_by_token(&self, token: &AnyToken, client: &ClientInfo) -> Result<(), StoreError> {
        match self.log_out(Some(&token.as_refresh_token()), Ok(token.as_access_token()), client).await {
            Err(AccessError::Store(error)) => Err(error),
            Ok(()) | Err(AccessError::Refused(_) | AccessError::RoleMissing) => Ok(()),
        }
    }
}
