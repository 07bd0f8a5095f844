//! Changes a user's own password. A signed-in user confirms the change with the current password: an access token alone
//! must not be enough to take an account over or to delete it, because it may come from an unlocked screen.

use super::argon2id::PasswordMatch;
use super::attempt::AttemptKind;
use super::policy::{PasswordRefused, UserInputs, check_new_password};
use super::previous::hash_new_password;
use super::service::Accounts;
use super::throttled::clear_failures;
use super::{AttemptError, HashingError, NormalizedPassword, Requester};
use crate::detached::{TaskFailed, detached};
use crate::sessions::{self, Caller, ClientInfo, IssuedTokens, SecurityEvent, StartError};
use crate::store::{
    self, StoreError,
    users::{PasswordPrecondition, UserRow},
};
use latchkey_wire::{EndReason, FieldErrors, PlainPassword};

/// Why the password of a signed-in user was not checked.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// The caller's session ended before the change was written.
    #[error("the caller's session has ended meanwhile")]
    SessionEnded,
    /// The attempt was rejected before the password was checked.
    #[error(transparent)]
    Attempt(#[from] AttemptError),
    /// The password was not hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The current password is wrong, the new one is not acceptable, or both.
    #[error("some fields are not acceptable")]
    Invalid(FieldErrors),
    /// The current password was not checked.
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    /// The password was changed, or the account disabled or deleted, after the current password was checked.
    #[error("the account has changed meanwhile: try again")]
    ChangedMeanwhile,
    /// The new password was not hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The new tokens could not be issued.
    #[error(transparent)]
    Session(#[from] StartError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task panicked, or the server was shut down.
    #[error(transparent)]
    TaskFailed(#[from] TaskFailed),
}

/// The message for the field of a wrong password.
pub const WRONG_PASSWORD: &str = "This is not your password.";

impl Accounts {
    /// Changes the password of the caller's account, revokes all other sessions, and invalidates the caller's old
    /// tokens; returns the caller's new ones. Clears the account's failed attempts, so that the owner can sign in with
    /// the new password at once. It completes even if the client disconnects.
    ///
    /// # Errors
    /// [`ChangePasswordError`].
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: &PlainPassword,
        new: &PlainPassword,
        client: &ClientInfo,
    ) -> Result<IssuedTokens, ChangePasswordError> {
        let (accounts, caller, client) = (self.clone(), caller.clone(), client.clone());
        let (current, new) = (current.clone(), new.clone());
        detached(async move { accounts.change_password_attached(&caller, &current, &new, &client).await }).await
    }

    async fn change_password_attached(
        &self,
        caller: &Caller,
        current: &PlainPassword,
        new: &PlainPassword,
        client: &ClientInfo,
    ) -> Result<IssuedTokens, ChangePasswordError> {
        let (user, confirmed) = self.confirm(caller, current, client).await?;
        let requester = Requester::user_at(user.id.as_str(), client);
        let mut errors = FieldErrors::default();
        if confirmed != PasswordMatch::Current {
            errors.add("currentPassword", WRONG_PASSWORD);
        }
        let public_url = &self.rules.public_url;
        let user_inputs = UserInputs { username: &user.username, display_name: &user.display_name, public_url };
        let new = match check_new_password(&self.passwords, &requester, new, user_inputs).await {
            Ok(new) if errors.is_empty() => new,
            Ok(_) => return Err(ChangePasswordError::Invalid(errors)),
            Err(PasswordRefused::NotAcceptable(advice)) => {
                errors.add("newPassword", &advice);
                return Err(ChangePasswordError::Invalid(errors));
            }
            Err(PasswordRefused::Failed(error)) => return Err(error.into()),
        };
        let new = hash_new_password(&self.passwords, &requester, &*self.database.random, &user, new).await?;

        let (database, sessions) = (&self.database, &self.sessions);
        let claims = sessions.hooks.extra_claims(&caller.session.user).await.map_err(StartError::from)?;
        let mut tx = sessions.begin_as(caller).await?.ok_or(ConfirmError::SessionEnded)?;
        let unchanged = PasswordPrecondition { user_id: &user.id, checked: &user.password_hash };
        if !store::users::change_password(&mut tx, unchanged, new, database.clock.now()).await? {
            return Err(ChangePasswordError::ChangedMeanwhile);
        }
        clear_failures(&mut tx, &user.id, &user.username_key, database.clock.now()).await?;
        let (session_id, event) = (Some(caller.session.id), SecurityEvent::PasswordChanged);
        sessions::record(database, &mut tx, &user.id, session_id, event, client).await?;
        let revoked = sessions.revoke_others_in(&mut tx, caller, EndReason::PasswordChanged, client).await?;
        let issued = sessions.renew(&mut tx, caller, claims, client).await?.ok_or(ConfirmError::SessionEnded)?;
        tx.commit().await?;
        revoked.wake_job(database);
        Ok(issued)
    }

    /// Checks the password of the caller's account; returns the account's row as well. A wrong password is counted, so
    /// guessing is throttled; a right one is not counted, even if the rest fails.
    pub(super) async fn confirm(
        &self,
        caller: &Caller,
        password: &PlainPassword,
        client: &ClientInfo,
    ) -> Result<(UserRow, PasswordMatch), ConfirmError> {
        let found = store::users::find(&self.database.store, &caller.session.user.id).await?;
        let user = found.ok_or(ConfirmError::SessionEnded)?;
        let kind = AttemptKind::Confirmation { session: caller.session.id, user_id: &user.id };
        let attempt = self.begin_attempt(kind, client).await?;
        let presented = NormalizedPassword::presented(password);
        let checked = attempt.check(presented, user.password_hash.clone(), None).await?;
        let mut tx = self.database.store.begin_shared().await?;
        if checked.is_right() {
            checked.record_success(&mut tx).await?;
        } else {
            checked.record_failure(&mut tx, self.database.clock.now()).await?;
        }
        tx.commit().await?;
        Ok((user, checked.password))
    }
}
