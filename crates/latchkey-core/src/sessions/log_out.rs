//! Logging out.

use super::ClientInfo;
use super::caller::AccessError;
use super::events::SecurityEvent;
use super::refresh::RefreshError;
use super::service::Sessions;
use crate::store::StoreError;
use latchkey_wire::{AccessToken, AnyToken, EndReason, RefreshToken, TokenError};

impl Sessions {
    /// Logs out: revokes the session of the refresh token, of whatever generation, or without one that of the access
    /// token. Succeeds also if the session had ended before (RFC 7009 §2.2), and if the server did not issue the
    /// refresh token, or issued it before a password change in its session: then there is nothing to revoke.
    ///
    /// # Errors
    /// [`AccessError::Refused`] if the request has neither a refresh token nor a valid access token;
    /// [`AccessError::Store`] if the revocation could not be written: the session may still be live, so the client must
    /// get an error.
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
