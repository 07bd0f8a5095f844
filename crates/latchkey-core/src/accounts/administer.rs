//! What an administrator does to accounts, at the command line. No password is asked for, since a user who can write
//! the database file can do all this anyway. Each change is a line in the security log, for the account's owner to
//! read.

use super::person::Person;
use super::policy::{Owner, PasswordRefused, choose};
use super::previous::renew;
use super::register::{NewAccount, NewAccountError, insert, prepare};
use super::{Hasher, HashingError, Requester};
use crate::database::Database;
use crate::identity::{Roles, User};
use crate::sessions::{self, ClientInfo, SecurityEvent};
use crate::store::{self, StoreError};
use latchkey_wire::{EndReason, PlainPassword};

/// Administers accounts: the database, and what the rules for passwords need.
pub struct AccountAdmin<'a> {
    pub database: &'a Database,
    pub passwords: &'a Hasher,
    /// Where people sign in: the words in it are guessed first.
    pub public_url: &'a str,
}

/// Why an administrator could not set a password.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// For the operator to read, with advice.
    #[error("password: {0}")]
    NotAcceptable(String),
    #[error("the account has been deleted meanwhile")]
    AccountGone,
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Person {
    /// Gives the account other roles; they count from the next request on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn set_roles(&self, database: &Database, roles: &Roles) -> Result<(), StoreError> {
        let mut tx = database.store.begin().await?;
        store::users::set_roles(&mut tx, self.id(), &roles.to_string()).await?;
        sessions::record(database, &mut tx, self.id(), None, SecurityEvent::RolesSet, &ClientInfo::default()).await?;
        tx.commit().await
    }

    /// Keeps the account from signing in and ends all its sessions; answers how many were alive, or `None` if the
    /// account was disabled before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn disable(&self, database: &Database) -> Result<Option<usize>, StoreError> {
        let mut tx = database.store.begin().await?;
        if !store::users::disable(&mut tx, self.id(), database.clock.now()).await? {
            return Ok(None);
        }
        sessions::record(database, &mut tx, self.id(), None, SecurityEvent::AccountDisabled, &ClientInfo::default())
            .await?;
        let ended = sessions::revoke_all_of(database, &mut tx, self.id(), EndReason::RevokedByAdmin).await?;
        tx.commit().await?;
        Ok(Some(ended.count(database).await?))
    }

    /// Lets the account sign in again, and clears what was counted against it: an administrator vouches for it. Answers
    /// whether it could not sign in before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn enable(&self, database: &Database) -> Result<bool, StoreError> {
        let mut tx = database.store.begin().await?;
        let enabled = store::users::enable(&mut tx, self.id()).await?;
        if enabled {
            sessions::record(database, &mut tx, self.id(), None, SecurityEvent::AccountEnabled, &ClientInfo::default())
                .await?;
        }
        self.clear_throttle_in(database, &mut tx).await?;
        tx.commit().await?;
        Ok(enabled)
    }
}

impl AccountAdmin<'_> {
    /// Makes an account, by the rules of a registration, and without a session.
    ///
    /// # Errors
    /// [`NewAccountError`]; its `Invalid` names every field that is not acceptable, at once.
    pub async fn add(&self, new: NewAccount<'_>, roles: &Roles) -> Result<User, NewAccountError> {
        let requester = Requester::default();
        let row = prepare(self.database, self.passwords, &requester, new, roles, self.public_url).await?;
        let mut tx = self.database.store.begin().await?;
        let user = insert(self.database, &mut tx, row, &ClientInfo::default()).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Gives an account another password, by the rules of a registration, ends all of its sessions, and clears what was
    /// counted against it; answers how many sessions were alive.
    ///
    /// # Errors
    /// [`SetPasswordError`].
    pub async fn set_password(&self, person: &Person, password: &PlainPassword) -> Result<usize, SetPasswordError> {
        let owner = Owner {
            username: &person.row().username,
            display_name: &person.row().display_name,
            public_url: self.public_url,
        };
        let password =
            choose(self.passwords, &Requester::default(), password, owner).await.map_err(|refusal| match refusal {
                PasswordRefused::NotAcceptable(advice) => SetPasswordError::NotAcceptable(advice),
                PasswordRefused::Failed(error) => SetPasswordError::Hashing(error),
            })?;
        let (requester, random) = (Requester::default(), &*self.database.random);
        let new = renew(self.passwords, &requester, random, person.row(), password).await?;

        let mut tx = self.database.store.begin().await?;
        if !store::users::set_password(&mut tx, person.id(), new, self.database.clock.now()).await? {
            return Err(SetPasswordError::AccountGone);
        }
        person.clear_throttle_in(self.database, &mut tx).await?;
        let client = ClientInfo::default();
        sessions::record(self.database, &mut tx, person.id(), None, SecurityEvent::PasswordSet, &client).await?;
        let ended = sessions::revoke_all_of(self.database, &mut tx, person.id(), EndReason::PasswordChanged).await?;
        tx.commit().await?;
        Ok(ended.count(self.database).await?)
    }
}
