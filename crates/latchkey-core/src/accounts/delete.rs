//! Deleting one's own account.

use super::AccountError;
use super::change::{WRONG, confirm};
use super::service::Accounts;
use super::throttled::clear_failures;
use crate::batch;
use crate::detached::detached;
use crate::sessions::{self, Caller, Device};
use crate::{store, store::users::Unchanged};
use latchkey_wire::{FieldErrors, PlainPassword};

/// Deletes the account with its sessions and its security log.
///
/// One small transaction ends it: its tokens are refused and its name is free from the commit on. That also removes the
/// rows if there are few; the job of `jobs/finish.rs` removes the others. It runs to its end whether or not the client
/// waits for it.
///
/// # Errors
/// [`AccountError::Invalid`] when the password is wrong, and those of [`begin_attempt`](super::attempt::begin_attempt).
pub async fn delete(
    accounts: &Accounts,
    caller: &Caller,
    password: &PlainPassword,
    device: &Device,
) -> Result<(), AccountError> {
    let (accounts, caller, password, device) = (accounts.clone(), caller.clone(), password.clone(), device.clone());
    detached(async move { delete_confirmed(&accounts, &caller, &password, &device).await }).await
}

async fn delete_confirmed(
    accounts: &Accounts,
    caller: &Caller,
    password: &PlainPassword,
    device: &Device,
) -> Result<(), AccountError> {
    let (user, right) = confirm(accounts, caller, password, device).await?;
    if !right {
        return Err(AccountError::Invalid(FieldErrors::of("password", WRONG)));
    }

    let mut tx = sessions::begin_as(&accounts.sessions, caller).await?.ok_or(AccountError::SessionEnded)?;
    let unchanged = Unchanged { user_id: &user.id, checked: &user.password_hash };
    if !store::deleted_users::mark_own(&mut tx, &unchanged, accounts.database.clock.now()).await? {
        return Err(AccountError::ChangedMeanwhile);
    }
    clear_failures(&mut tx, &user.id, &user.username_key, accounts.database.clock.now()).await?;
    store::deleted_users::remove_some(&mut tx, &user.id, batch::ROWS).await?;
    tx.commit().await?;
    accounts.database.store.leftovers().files_hold_deleted_rows();
    accounts.database.store.leftovers().report();
    Ok(())
}
