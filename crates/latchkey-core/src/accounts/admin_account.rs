//! An account as an administrator sees it.

use super::find::find_user;
use super::username::Username;
use crate::database::Database;
use crate::identity::Roles;
use crate::ids::UserId;
use crate::store::{
    self, StoreError,
    users::{AccountRow, UserRow},
};

/// An account, found by its name, with the operations of an administrator.
pub struct AdminAccount(UserRow);

impl AdminAccount {
    /// The account with this name, in any of its spellings; `None` for an unknown name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn find(database: &Database, name: &str) -> Result<Option<Self>, StoreError> {
        let Ok(username) = Username::parse(name) else { return Ok(None) };
        Ok(find_user(&database.store, &username).await?.map(Self))
    }

    /// Every account, by name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn all(database: &Database) -> Result<Vec<AccountRow>, StoreError> {
        store::users::list(&database.store, database.clock.now()).await
    }

    /// The id of the account.
    pub fn id(&self) -> &UserId {
        &self.0.id
    }

    /// The name as it was typed when the account was created.
    pub fn username(&self) -> &str {
        &self.0.username
    }

    /// The canonical name.
    pub fn username_key(&self) -> &str {
        &self.0.username_key
    }

    /// The roles of the account.
    pub fn roles(&self) -> Roles {
        Roles::from_text(&self.0.roles)
    }

    pub(super) fn row(&self) -> &UserRow {
        &self.0
    }
}
