//! Deleting one's own account.

use super::change::{ConfirmError, confirm};
use super::service::Accounts;
use super::throttled::clear_failures;
use crate::batch;
use crate::detached::{Panicked, detached};
use crate::sessions::{self, Caller, ClientInfo};
use crate::store::{self, StoreError, users::PasswordPrecondition};
use latchkey_wire::PlainPassword;

/// Why an account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    #[error("the password is wrong")]
    WrongPassword,
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    #[error("the account has changed meanwhile: try again")]
    ChangedMeanwhile,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Deletes the account with its sessions and its security log.
///
/// One small transaction ends it: its tokens are refused and its name is free from the commit on. That also removes the
/// rows if there are few; the job `jobs/finish.rs` of latchkey-axum removes the others. It runs to its end whether or not the client
/// waits for it.
///
/// # Errors
/// [`DeleteAccountError`].
pub async fn delete(
    accounts: &Accounts,
    caller: &Caller,
    password: &PlainPassword,
    client: &ClientInfo,
) -> Result<(), DeleteAccountError> {
    let (accounts, caller, password, client) = (accounts.clone(), caller.clone(), password.clone(), client.clone());
    detached(async move { delete_confirmed(&accounts, &caller, &password, &client).await }).await
}

async fn delete_confirmed(
    accounts: &Accounts,
    caller: &Caller,
    password: &PlainPassword,
    client: &ClientInfo,
) -> Result<(), DeleteAccountError> {
    let (user, right) = confirm(accounts, caller, password, client).await?;
    if !right {
        return Err(DeleteAccountError::WrongPassword);
    }

    let mut tx = sessions::begin_as(&accounts.sessions, caller).await?.ok_or(ConfirmError::SessionEnded)?;
    let unchanged = PasswordPrecondition { user_id: &user.id, checked: &user.password_hash };
    if !store::deleted_users::mark_own(&mut tx, &unchanged, accounts.database.clock.now()).await? {
        return Err(DeleteAccountError::ChangedMeanwhile);
    }
    clear_failures(&mut tx, &user.id, &user.username_key, accounts.database.clock.now()).await?;
    store::deleted_users::remove_some(&mut tx, user.id.as_str(), batch::ROWS).await?;
    tx.commit().await?;
    accounts.database.store.pending_work().files_hold_deleted_rows();
    accounts.database.store.pending_work().report();
    Ok(())
}
