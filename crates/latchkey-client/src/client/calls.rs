//! Calls in the name of the signed-in user.

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
    /// Makes a call with an access token: refreshes first when the token is about to expire, and after a refusal of the
    /// token refreshes once and sends once more.
    ///
    /// # Errors
    /// Those of `send`; [`ApiError::InvalidToken`] if no user is signed in or the server refuses the token twice; those of
    /// a refresh without which the call cannot be made.
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
                // Another user may have signed in meanwhile; this request is not theirs.
                Outcome::Refreshed(renewed) if renewed.user.id == record.user.id => {
                    self.environment().log(ClientEvent::SentAgain);
                    (record, is_second) = (renewed, true);
                }
                Outcome::Refreshed(_) | Outcome::Refused(_) => return answer,
                Outcome::Failed(error) => return Err(error),
            }
        }
    }

    /// The stored record, refreshed beforehand if its access token is near its end.
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
            // The refresh was early: the old token is still valid.
            Outcome::Failed(_) if self.freshness(&record).is_alive() => Ok(record),
            Outcome::Failed(error) => Err(error),
        }
    }
}
