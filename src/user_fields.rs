//! The fields of users that this application declares in addition to username and display name: see
//! `docs/extending.md`.

use latchkey_wire::UserField;

/// The fields, for the server's settings and the registration form.
pub const USER_FIELDS: &[UserField] = &[];
