//! The names of the roles of this application. On the server, `latchkey_core::identity::Role::new` converts a name into
//! a role.

/// The role that may see the customers.
pub const MANAGER: &str = "Manager";
