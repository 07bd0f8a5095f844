//! What a signed-in user can do to the account, with the password once more: an access token alone must not be enough
//! to take an account over or to destroy it, for it may have been picked up on a screen left unlocked.

use super::attempt::{AttemptKind, begin_attempt};
use super::policy::{Owner, PasswordRefused, choose};
use super::previous::renew;
use super::service::Accounts;
use super::throttled::clear_failures;
use super::{AccountError, NormalizedPassword, Requester};
use crate::detached::detached;
use crate::sessions::{self, Caller, Device, EventKind, Issued};
use crate::{
    store,
    store::users::{Unchanged, UserRow},
};
use latchkey_wire::{EndReason, FieldErrors, PlainPassword};

/// Gives the account another password and ends what was known or copied before: all other sessions, and the caller's
/// old tokens. Clears the account's failed attempts, so that the owner can sign in with the new password at once. Runs
/// to its end, whether or not the client waits. Answers the caller's new tokens.
///
/// # Errors
/// [`AccountError::Invalid`] when the current password is wrong or the new one is not acceptable, and those of
/// [`begin_attempt`].
pub async fn change_password(
    accounts: &Accounts,
    caller: &Caller,
    current: &PlainPassword,
    new: &PlainPassword,
    device: &Device,
) -> Result<Issued, AccountError> {
    let (accounts, caller, device) = (accounts.clone(), caller.clone(), device.clone());
    let (current, new) = (current.clone(), new.clone());
    detached(async move { change(&accounts, &caller, &current, &new, &device).await }).await
}

async fn change(
    accounts: &Accounts,
    caller: &Caller,
    current: &PlainPassword,
    new: &PlainPassword,
    device: &Device,
) -> Result<Issued, AccountError> {
    let (user, right) = confirm(accounts, caller, current, device).await?;
    let requester = Requester::user_at(&user.id, device);
    let mut errors = FieldErrors::default();
    if !right {
        errors.add("currentPassword", WRONG);
    }
    let owner =
        Owner { username: &user.username, display_name: &user.display_name, public_url: &accounts.rules.public_url };
    let new = match choose(&accounts.passwords, &requester, new, owner).await {
        Ok(new) if errors.is_empty() => new,
        Ok(_) => return Err(AccountError::Invalid(errors)),
        Err(PasswordRefused::NotAcceptable(complaint)) => {
            errors.add("newPassword", &complaint);
            return Err(AccountError::Invalid(errors));
        }
        Err(PasswordRefused::Failed(error)) => return Err(error),
    };
    let new = renew(&accounts.passwords, &requester, &*accounts.database.random, &user, new).await?;

    let mut tx = sessions::begin_as(&accounts.sessions, caller).await?.ok_or(AccountError::SessionEnded)?;
    let unchanged = Unchanged { user_id: &user.id, checked: &user.password_hash };
    if !store::users::change_password(&mut tx, unchanged, new, accounts.database.clock.now()).await? {
        return Err(AccountError::ChangedMeanwhile);
    }
    clear_failures(&mut tx, &user.id, &user.username_key, accounts.database.clock.now()).await?;
    sessions::record(
        &accounts.database,
        &mut tx,
        &user.id,
        Some(caller.session.id),
        EventKind::PasswordChanged,
        device,
    )
    .await?;
    let ended =
        sessions::revoke_others_in(&accounts.database, &mut tx, caller, EndReason::PasswordChanged, device).await?;
    let issued =
        sessions::renew(&accounts.sessions, &mut tx, caller, device).await?.ok_or(AccountError::SessionEnded)?;
    tx.commit().await?;
    ended.report(&accounts.database);
    Ok(issued)
}

pub(super) const WRONG: &str = "This is not your password.";

/// The caller's row, and whether the password is right. A wrong one is counted, so guessing is throttled; a right one
/// is not counted, even if the rest fails.
pub(super) async fn confirm(
    accounts: &Accounts,
    caller: &Caller,
    password: &PlainPassword,
    device: &Device,
) -> Result<(UserRow, bool), AccountError> {
    let user = store::users::find(&accounts.database.store, &caller.session.user.id)
        .await?
        .ok_or(AccountError::SessionEnded)?;
    let kind = AttemptKind::Confirmation { session: caller.session.id, user_id: &user.id };
    let attempt = begin_attempt(accounts, kind, device).await?;
    let checked =
        attempt.check(NormalizedPassword::presented(password), user.password_hash.clone(), String::new()).await?;
    let mut tx = accounts.database.store.begin().await?;
    if checked.right {
        checked.succeeded(&mut tx).await?;
    } else {
        checked.failed(&mut tx, accounts.database.clock.now()).await?;
    }
    tx.commit().await?;
    Ok((user, checked.right))
}
