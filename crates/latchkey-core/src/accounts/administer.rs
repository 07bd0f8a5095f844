//! Changes that an administrator makes to accounts. They ask for no password: an operator who can write the database
//! file could make them anyway. Each change is recorded in the security log of the account.

use super::admin_account::AdminAccount;
use super::policy::{PasswordRefused, UserInputs, check_new_password};
use super::previous::hash_new_password;
use super::register::{NewAccount, NewAccountError, NewAccountRules, hash, insert, validate};
use super::service::Accounts;
use super::{Hasher, HashingError, Requester};
use crate::database::Database;
use crate::identity::{Roles, User};
use crate::sessions::{self, ClientInfo, SecurityEvent, SessionAdmin};
use crate::store::{self, StoreError};
use latchkey_wire::{EndReason, PlainPassword};

/// Creates accounts and sets passwords. It needs only the database, so it works beside a running server.
pub struct AccountAdmin<'a> {
    /// The database of the accounts.
    pub database: &'a Database,
    /// Hashes passwords and estimates their strength.
    pub passwords: &'a Hasher,
    /// Where users sign in: a password must not consist of the words in it.
    pub public_url: &'a str,
}

/// Why an administrator could not set a password.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// The password is too easy to guess, or not well-formed; the text says why, with advice.
    #[error("password: {0}")]
    NotAcceptable(String),
    /// The account was deleted after it was found.
    #[error("the account has been deleted meanwhile")]
    AccountGone,
    /// The password was not hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AdminAccount {
    /// Sets the roles of the account. They take effect with the next request.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn set_roles(&self, database: &Database, roles: &Roles) -> Result<(), StoreError> {
        let mut tx = database.store.begin().await?;
        store::users::set_roles(&mut tx, self.id(), &roles.to_string()).await?;
        sessions::record(database, &mut tx, self.id(), None, SecurityEvent::RolesSet, &ClientInfo::default()).await?;
        tx.commit().await
    }

    /// Disables the account and revokes its sessions; a disabled account cannot sign in. Returns how many sessions were
    /// live, or `None` if the account was already disabled.
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
        let reason = EndReason::RevokedByAdmin;
        let revoked = SessionAdmin::new(database).revoke_user(&mut tx, self.id(), reason).await?;
        tx.commit().await?;
        Ok(Some(revoked.count(database).await?))
    }

    /// Enables the account and clears its failed attempts; returns whether it was disabled before.
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

impl Accounts {
    /// The operations of an administrator: creating accounts, also while registration is closed, and setting passwords.
    pub fn admin(&self) -> AccountAdmin<'_> {
        AccountAdmin { database: &self.database, passwords: &self.passwords, public_url: &self.rules.public_url }
    }
}

impl AccountAdmin<'_> {
    /// Creates an account by the rules of a registration, but without a session. The application's fields stay empty,
    /// because an administrator may not know what to enter.
    ///
    /// # Errors
    /// [`NewAccountError`]; its `Invalid` names every field that is not acceptable.
    pub async fn add(&self, new: &NewAccount, roles: &Roles) -> Result<User, NewAccountError> {
        let requester = Requester::default();
        let rules = NewAccountRules { public_url: self.public_url, user_fields: &[] };
        let valid = validate(self.database, self.passwords, &requester, new, &rules).await?;
        let row = hash(self.database, self.passwords, &requester, valid, roles).await?;
        let mut tx = self.database.store.begin().await?;
        let user = insert(self.database, &mut tx, row, &[], &ClientInfo::default()).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Sets the password of an account by the rules of a registration, revokes its sessions, and clears its failed
    /// attempts; returns how many sessions were live.
    ///
    /// # Errors
    /// [`SetPasswordError`].
    pub async fn set_password(
        &self,
        account: &AdminAccount,
        password: &PlainPassword,
    ) -> Result<usize, SetPasswordError> {
        let user_inputs = UserInputs {
            username: &account.row().username,
            display_name: &account.row().display_name,
            public_url: self.public_url,
        };
        let password = check_new_password(self.passwords, &Requester::default(), password, user_inputs).await.map_err(
            |refusal| match refusal {
                PasswordRefused::NotAcceptable(advice) => SetPasswordError::NotAcceptable(advice),
                PasswordRefused::Failed(error) => SetPasswordError::Hashing(error),
            },
        )?;
        let (requester, random) = (Requester::default(), &*self.database.random);
        let new = hash_new_password(self.passwords, &requester, random, account.row(), password).await?;

        let mut tx = self.database.store.begin().await?;
        if !store::users::set_password(&mut tx, account.id(), new, self.database.clock.now()).await? {
            return Err(SetPasswordError::AccountGone);
        }
        account.clear_throttle_in(self.database, &mut tx).await?;
        let client = ClientInfo::default();
        sessions::record(self.database, &mut tx, account.id(), None, SecurityEvent::PasswordSet, &client).await?;
        let admin = SessionAdmin::new(self.database);
        let revoked = admin.revoke_user(&mut tx, account.id(), EndReason::PasswordChanged).await?;
        tx.commit().await?;
        Ok(revoked.count(self.database).await?)
    }
}
