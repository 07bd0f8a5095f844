//! The roles of this application, by their names. On the server, `latchkey_core::identity::Role::new` makes a role of one.

/// May see the customers.
pub const MANAGER: &str = "Manager";
