//! Users and their roles.

pub mod fields;
mod role;

pub use role::{Role, Roles};

use crate::ids::UserId;
use crate::store::{StoreError, users::UserRow};
use latchkey_wire::{FieldValues, UserField};

/// A person who can log in.
#[derive(Clone, Debug)]
pub struct User {
    /// The id, `sub` in access tokens. It never changes.
    pub id: UserId,
    /// The username as it was typed at registration.
    pub username: String,
    /// The name that is shown.
    pub display_name: String,
    /// The roles that an administrator has given.
    pub roles: Roles,
    /// The texts of the fields that the application has declared, without the empty ones.
    pub fields: FieldValues,
}

impl User {
    /// The user of this row, with the fields that are declared.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if the row's fields cannot be read.
    pub fn from_row(row: UserRow, user_fields: &[UserField]) -> Result<Self, StoreError> {
        Ok(Self {
            fields: fields::declared(&row.fields, user_fields)?,
            id: row.id,
            username: row.username,
            display_name: row.display_name,
            roles: Roles::from_text(&row.roles),
        })
    }
}

impl From<&User> for latchkey_wire::User {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            roles: user.roles.names(),
            fields: user.fields.clone(),
        }
    }
}
