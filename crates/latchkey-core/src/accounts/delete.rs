//! Deletes a user's own account.

use super::argon2id::PasswordMatch;
use super::change::ConfirmError;
use super::service::Accounts;
use super::throttled::clear_failures;
use crate::batch;
use crate::detached::{TaskFailed, detached};
use crate::sessions::{Caller, ClientInfo};
use crate::store::{self, StoreError, users::PasswordPrecondition};
use latchkey_wire::PlainPassword;

/// Why an account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// The password is wrong.
    #[error("the password is wrong")]
    WrongPassword,
    /// The password was not checked.
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    /// The password was changed, or the account disabled or deleted, after the password was checked.
    #[error("the account has changed meanwhile: try again")]
    ChangedMeanwhile,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task panicked, or the server was shut down.
    #[error(transparent)]
    TaskFailed(#[from] TaskFailed),
}

impl Accounts {
    /// Deletes the caller's account with its sessions and its security log.
    ///
    /// One small transaction marks it as deleted: from the commit on, the server rejects its tokens, and its name is
    /// free. The same transaction removes the rows if there are few; otherwise the job `jobs/finish.rs` of
    /// latchkey-axum removes the rest. The deletion completes even if the client disconnects.
    ///
    /// # Errors
    /// [`DeleteAccountError`].
    pub async fn delete(
        &self,
        caller: &Caller,
        password: &PlainPassword,
        client: &ClientInfo,
    ) -> Result<(), DeleteAccountError> {
        let (accounts, caller, password, client) = (self.clone(), caller.clone(), password.clone(), client.clone());
        detached(async move { accounts.delete_attached(&caller, &password, &client).await }).await
    }

    async fn delete_attached(
        &self,
        caller: &Caller,
        password: &PlainPassword,
        client: &ClientInfo,
    ) -> Result<(), DeleteAccountError> {
        let (user, confirmed) = self.confirm(caller, password, client).await?;
        if confirmed != PasswordMatch::Current {
            return Err(DeleteAccountError::WrongPassword);
        }

        let database = &self.database;
        let mut tx = self.sessions.begin_as(caller).await?.ok_or(ConfirmError::SessionEnded)?;
        let unchanged = PasswordPrecondition { user_id: &user.id, checked: &user.password_hash };
        if !store::deleted_users::mark_own(&mut tx, &unchanged, database.clock.now()).await? {
            return Err(DeleteAccountError::ChangedMeanwhile);
        }
        clear_failures(&mut tx, &user.id, &user.username_key, database.clock.now()).await?;
        store::deleted_users::remove_some(&mut tx, user.id.as_str(), batch::ROWS).await?;
        tx.commit().await?;
        database.store.pending_work().files_hold_deleted_rows();
        database.store.pending_work().report();
        Ok(())
    }
}
