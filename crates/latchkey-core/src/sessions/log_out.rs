//! Logging out.

use super::caller::{self, AccessError};
use super::client_info::ClientInfo;
use super::events::SecurityEvent;
use super::refresh::{RefreshError, recognise};
use super::revoke::revoke;
use super::service::Sessions;
use crate::store::StoreError;
use latchkey_wire::{AccessToken, AnyToken, EndReason, RefreshToken, TokenError};

/// Logs out: ends the session of the refresh token, of whatever generation, or else that of the Bearer token. Succeeds
/// if it had ended before (RFC 7009 §2.2), and if the refresh token is not ours, or from before a password change in
/// its session: then there is nothing to end.
///
/// # Errors
/// [`AccessError::Refused`] if the request has neither a refresh token nor a valid access token; [`AccessError::Store`]
/// if the revocation could not be written: the session may still be live, so the answer must be an error.
pub async fn log_out(
    sessions: &Sessions,
    refresh_token: Option<&RefreshToken>,
    bearer: Result<AccessToken, TokenError>,
    client: &ClientInfo,
) -> Result<(), AccessError> {
    let found = match refresh_token {
        Some(presented) => match recognise(sessions, presented).await {
            Ok((token, session))
                if !session.state.is_before_password_change(token.generation, sessions.database.clock.now()) =>
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
        (None, Ok(bearer)) => caller::find_live_or_ended(sessions, &bearer).await?,
        (None, Err(_)) if refresh_token.is_some() => None,
        (None, Err(fault)) => return Err(AccessError::Refused(fault)),
    };
    if let Some((generation, session)) = found {
        revoke(sessions, &session, generation, EndReason::LoggedOut, SecurityEvent::SignedOut, client).await?;
    }
    Ok(())
}

/// Ends the session of a token of either kind. A token that is not ours, or no longer valid, ends nothing, and is not
/// an error (RFC 7009 §2.2).
///
/// # Errors
/// [`StoreError`]: the session may still be live, so the answer must be an error.
pub async fn revoke_by_token(sessions: &Sessions, token: &AnyToken, client: &ClientInfo) -> Result<(), StoreError> {
    match log_out(sessions, Some(&token.as_refresh_token()), Ok(token.as_access_token()), client).await {
        Err(AccessError::Store(error)) => Err(error),
        Ok(()) | Err(AccessError::Refused(_) | AccessError::RoleMissing) => Ok(()),
    }
}
