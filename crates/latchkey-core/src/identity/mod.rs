//! Users and their roles.

mod role;

pub use role::{Role, Roles};

use crate::ids::UserId;
use crate::store::users::UserRow;

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
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self { id: row.id, username: row.username, display_name: row.display_name, roles: Roles::from_text(&row.roles) }
    }
}

impl From<&User> for latchkey_wire::User {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            roles: user.roles.names(),
        }
    }
}
