//! Calls with the access token of the signed-in user.

use super::SessionClient;
use crate::{
    environment::Environment,
    event::{ClientEvent, Why},
    freshness::TokenFreshness,
    outcome::Outcome,
    record::Record,
    renew::may_renew,
};
use latchkey_wire::{AccessToken, ApiError, TokenError};

impl<E: Environment> SessionClient<E> {
    /// Makes a call with an access token. Refreshes first if the token is about to expire. If the server rejects the
    /// token, refreshes once and sends the call once more.
    ///
    /// # Errors
    /// Those of `send`; [`ApiError::InvalidToken`] if no user is signed in or the server rejects the token twice; those
    /// of a refresh that the call needs.
    pub async fn call<T, F>(&self, send: impl Fn(AccessToken) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let mut record = self.fresh_record().await?;
        let mut is_second = false;
        loop {
            let answer = send(record.token.clone()).await;
            let Err(ApiError::InvalidToken(fault)) = answer else { return answer };
            if is_second || !may_renew(fault, record.after_refusal, self.age_ms(&record)) {
                return answer;
            }
            match self.refresh(&record, Why::AfterRefusal).await {
                // Another user may have signed in meanwhile; the call must not be sent with that user's token.
                Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => {
                    self.environment().log(ClientEvent::SentAgain);
                    (record, is_second) = (renewed, true);
                }
                Outcome::Refreshed(_) | Outcome::Refused(_) => return answer,
                Outcome::Failed(error) => return Err(error),
            }
        }
    }

    /// The stored record, refreshed first if its access token is about to expire.
    pub(super) async fn fresh_record(&self) -> Result<Record, ApiError> {
        let Some(record) = self.record() else {
            self.sync();
            return Err(ApiError::InvalidToken(TokenError::SessionEnded));
        };
        if matches!(self.freshness(&record), TokenFreshness::Fresh { .. }) {
            return Ok(record);
        }
        match self.refresh(&record, Why::BeforeCall).await {
            Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => Ok(renewed),
            Outcome::Refreshed(_) | Outcome::Refused(_) => Err(ApiError::InvalidToken(TokenError::SessionEnded)),
            // The refresh was ahead of expiry, so the old token is still valid.
            Outcome::Failed(_) if self.freshness(&record).is_alive() => Ok(record),
            Outcome::Failed(error) => Err(error),
        }
    }
}
