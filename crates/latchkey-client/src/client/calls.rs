//! Calls with the access token of the signed-in user.

use super::SessionClient;
use crate::{
    environment::Environment,
    event::{ClientEvent, RefreshReason},
    freshness::TokenFreshness,
    outcome::Outcome,
    record::Record,
    rejected_token::may_refresh,
};
use latchkey_wire::{AccessToken, ApiError, TokenError};

impl<E: Environment> SessionClient<E> {
    /// Makes a call with the access token, refreshed first if it has expired or is about to. If that refresh fails
    /// while the access token is still valid, the call uses that token.
    ///
    /// If the server rejects the access token, the client refreshes and sends the call once more, provided that the new
    /// tokens are the same user's. It does neither if the rejected token was itself the result of such a refresh less
    /// than a minute ago, unless the server says that the session has ended or the password was changed
    /// (`rejected_token.rs`).
    ///
    /// # Errors
    /// Those of `send`; [`ApiError::InvalidToken`] if no user is signed in, the user has changed, or the call was not
    /// sent again or was rejected again; the error of a refresh without which the call cannot be made.
    pub async fn call<T, F>(&self, send: impl Fn(AccessToken) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let mut record = self.fresh_record().await?;
        let mut is_retry = false;
        loop {
            let answer = send(record.token.clone()).await;
            let Err(ApiError::InvalidToken(fault)) = answer else { return answer };
            if is_retry || !may_refresh(fault, record.after_refusal, self.age_ms(&record)) {
                return answer;
            }
            match self.refresh(&record, RefreshReason::AfterRefusal).await {
                // Another user may have signed in in another tab. The call must not be sent with that user's token.
                Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => {
                    self.environment().log(ClientEvent::CallRetried);
                    (record, is_retry) = (renewed, true);
                }
                Outcome::Refreshed(_) | Outcome::Refused(_) => return answer,
                Outcome::Failed(error) => return Err(error),
            }
        }
    }

    /// The stored record, refreshed first if its access token has expired or is about to.
    pub(super) async fn fresh_record(&self) -> Result<Record, ApiError> {
        let Some(record) = self.record() else {
            self.sync();
            return Err(ApiError::InvalidToken(TokenError::SessionEnded));
        };
        if matches!(self.freshness(&record), TokenFreshness::Fresh { .. }) {
            return Ok(record);
        }
        match self.refresh(&record, RefreshReason::BeforeCall).await {
            Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => Ok(renewed),
            Outcome::Refreshed(_) | Outcome::Refused(_) => Err(ApiError::InvalidToken(TokenError::SessionEnded)),
            // The refresh was early; the old access token has not expired yet.
            Outcome::Failed(_) if self.freshness(&record).is_alive() => Ok(record),
            Outcome::Failed(error) => Err(error),
        }
    }
}
