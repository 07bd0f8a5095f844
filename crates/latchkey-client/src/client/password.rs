//! Changes the password. The server returns new tokens for this session and rejects all older ones.

use super::SessionClient;
use crate::{
    claims::is_later,
    environment::Environment,
    event::RefreshReason,
    freshness::TokenFreshness,
    outcome::Outcome,
    password::{Change, may_be_done},
    record::Record,
};
use latchkey_wire::{ApiError, EndReason, Tokens};

impl<E: Environment> SessionClient<E> {
    /// Changes the password with this call, and stores the session's new tokens.
    ///
    /// If the response is lost, a refresh shows whether the password was changed: the server then rejects the old
    /// tokens, and the user of this tab is a guest.
    ///
    /// # Errors
    /// Those of the call, or of a refresh before it; the password is not changed.
    pub async fn change_password(
        &self,
        call: impl Future<Output = Result<Tokens, ApiError>>,
    ) -> Result<Change, ApiError> {
        let record = self.fresh_record().await?;
        // Until the new tokens are stored, no tab should present the old ones, which the server may already reject.
        let turn = self.turn(&record).await;
        // A call that must refresh first would wait for the turn that this function holds.
        let is_fresh = |record: Record| matches!(self.freshness(&record), TokenFreshness::Fresh { .. });
        let turn = turn.filter(|_| self.record().is_some_and(is_fresh));
        match call.await {
            Ok(tokens) => {
                self.store_changed(self.received(tokens));
                Ok(Change::Done)
            }
            Err(error) if may_be_done(&error) => {
                drop(turn);
                self.find_out(error).await
            }
            Err(error) => Err(error),
        }
    }

    fn store_changed(&self, fresh: Record) {
        match self.record() {
            Some(stored) if is_later(&fresh, &stored) => drop(self.write(fresh, RefreshReason::PasswordChange)),
            // The user has logged out, or another user has signed in, during the call.
            _ => self.revoke(fresh.refresh_token),
        }
    }

    async fn find_out(&self, error: ApiError) -> Result<Change, ApiError> {
        let Some(record) = self.record() else { return Err(error) };
        match self.refresh(&record, RefreshReason::PasswordChange).await {
            Outcome::Refused(EndReason::PasswordChanged) => {
                self.close(Some(EndReason::PasswordMayBeChanged));
                Ok(Change::Unknown)
            }
            Outcome::Refreshed(_) | Outcome::Refused(_) => Err(error),
            Outcome::Failed(_) => Ok(Change::Unknown),
        }
    }
}
