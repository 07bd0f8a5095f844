//! What a signed-in user can do to the account, with the password once more: an access token alone must not be enough
//! to take an account over or to destroy it, for it may have been picked up on a screen left unlocked.

use super::attempt::{AttemptKind, begin_attempt};
use super::policy::{Owner, PasswordRefused, choose};
use super::previous::renew;
use super::service::Accounts;
use super::throttled::clear_failures;
use super::{AttemptError, HashingError, NormalizedPassword, Requester};
use crate::detached::{Panicked, detached};
use crate::sessions::{self, Caller, ClientInfo, Issued, SecurityEvent, StartError};
use crate::store::{
    self, StoreError,
    users::{PasswordPrecondition, UserRow},
};
use latchkey_wire::{EndReason, FieldErrors, PlainPassword};

/// Why it was not found out whether the password of a signed-in user is right.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    #[error("the session that asked has ended meanwhile")]
    SessionEnded,
    #[error(transparent)]
    Attempt(#[from] AttemptError),
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The current password is wrong, the new one is not acceptable, or both.
    #[error("some fields are not acceptable")]
    Invalid(FieldErrors),
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    #[error("the account has changed meanwhile: try again")]
    ChangedMeanwhile,
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Session(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Gives the account another password and ends what was known or copied before: all other sessions, and the caller's
/// old tokens. Clears the account's failed attempts, so that the owner can sign in with the new password at once. Runs
/// to its end, whether or not the client waits. Answers the caller's new tokens.
///
/// # Errors
/// [`ChangePasswordError`].
pub async fn change_password(
    accounts: &Accounts,
    caller: &Caller,
    current: &PlainPassword,
    new: &PlainPassword,
    client: &ClientInfo,
) -> Result<Issued, ChangePasswordError> {
    let (accounts, caller, client) = (accounts.clone(), caller.clone(), client.clone());
    let (current, new) = (current.clone(), new.clone());
    detached(async move { change(&accounts, &caller, &current, &new, &client).await }).await
}

async fn change(
    accounts: &Accounts,
    caller: &Caller,
    current: &PlainPassword,
    new: &PlainPassword,
    client: &ClientInfo,
) -> Result<Issued, ChangePasswordError> {
    let (user, right) = confirm(accounts, caller, current, client).await?;
    let requester = Requester::user_at(user.id.as_str(), client);
    let mut errors = FieldErrors::default();
    if !right {
        errors.add("currentPassword", WRONG_PASSWORD);
    }
    let owner =
        Owner { username: &user.username, display_name: &user.display_name, public_url: &accounts.rules.public_url };
    let new = match choose(&accounts.passwords, &requester, new, owner).await {
        Ok(new) if errors.is_empty() => new,
        Ok(_) => return Err(ChangePasswordError::Invalid(errors)),
        Err(PasswordRefused::NotAcceptable(complaint)) => {
            errors.add("newPassword", &complaint);
            return Err(ChangePasswordError::Invalid(errors));
        }
        Err(PasswordRefused::Failed(error)) => return Err(error.into()),
    };
    let new = renew(&accounts.passwords, &requester, &*accounts.database.random, &user, new).await?;

    let mut tx = sessions::begin_as(&accounts.sessions, caller).await?.ok_or(ConfirmError::SessionEnded)?;
    let unchanged = PasswordPrecondition { user_id: &user.id, checked: &user.password_hash };
    if !store::users::change_password(&mut tx, unchanged, new, accounts.database.clock.now()).await? {
        return Err(ChangePasswordError::ChangedMeanwhile);
    }
    clear_failures(&mut tx, &user.id, &user.username_key, accounts.database.clock.now()).await?;
    sessions::record(
        &accounts.database,
        &mut tx,
        &user.id,
        Some(caller.session.id),
        SecurityEvent::PasswordChanged,
        client,
    )
    .await?;
    let ended =
        sessions::revoke_others_in(&accounts.database, &mut tx, caller, EndReason::PasswordChanged, client).await?;
    let issued =
        sessions::renew(&accounts.sessions, &mut tx, caller, client).await?.ok_or(ConfirmError::SessionEnded)?;
    tx.commit().await?;
    ended.report(&accounts.database);
    Ok(issued)
}

/// For the field of a wrong password.
pub const WRONG_PASSWORD: &str = "This is not your password.";

/// The caller's row, and whether the password is right. A wrong one is counted, so guessing is throttled; a right one
/// is not counted, even if the rest fails.
pub(super) async fn confirm(
    accounts: &Accounts,
    caller: &Caller,
    password: &PlainPassword,
    client: &ClientInfo,
) -> Result<(UserRow, bool), ConfirmError> {
    let user = store::users::find(&accounts.database.store, &caller.session.user.id)
        .await?
        .ok_or(ConfirmError::SessionEnded)?;
    let kind = AttemptKind::Confirmation { session: caller.session.id, user_id: &user.id };
    let attempt = begin_attempt(accounts, kind, client).await?;
    let checked = attempt.check(NormalizedPassword::presented(password), user.password_hash.clone(), None).await?;
    let mut tx = accounts.database.store.begin().await?;
    if checked.right {
        checked.succeeded(&mut tx).await?;
    } else {
        checked.failed(&mut tx, accounts.database.clock.now()).await?;
    }
    tx.commit().await?;
    Ok((user, checked.right))
}
