//! The fields of users that this application adds to username and display name: see `docs/extending.md`.

use latchkey_wire::UserField;

/// For the server's settings and the registration form.
pub const USER_FIELDS: &[UserField] = &[];
