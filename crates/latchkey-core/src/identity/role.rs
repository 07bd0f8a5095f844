//! The roles of users. An application checks them before it shows or changes something.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A role's name: a letter, then letters, digits, `-` or `_`; at most 32 characters. Which roles there are, and what each
/// one allows, is the application's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role(Cow<'static, str>);

impl Role {
    /// A role with a name from the source code. In a constant, an invalid name does not compile:
    ///
    /// ```
    /// # use latchkey_core::identity::Role;
    /// const MANAGER: Role = Role::new("Manager");
    /// ```
    /// ```compile_fail
    /// # use latchkey_core::identity::Role;
    /// const MANAGER: Role = Role::new("Man ager");
    /// ```
    ///
    /// # Panics
    /// If the name is invalid and this runs outside a constant. Use [`str::parse`] for a name that is not in the source
    /// code.
    pub const fn new(name: &'static str) -> Self {
        assert!(is_role(name), "a role begins with a letter and goes on with letters, digits, '-' or '_', 32 at most");
        Self(Cow::Borrowed(name))
    }
}

const MAX_LENGTH: usize = 32;

const fn is_role(name: &str) -> bool {
    let (bytes, mut at) = (name.as_bytes(), 0);
    while at < bytes.len() {
        let byte = bytes[at];
        if !(byte.is_ascii_alphabetic() || at > 0 && (byte.is_ascii_digit() || byte == b'-' || byte == b'_')) {
            return false;
        }
        at += 1;
    }
    !name.is_empty() && name.len() <= MAX_LENGTH
}

/// The highest number of roles of an account. An access token contains all of them and must not exceed the size limit
/// of the verifier.
const MAX_ROLES: usize = 32;

/// The roles of an account, at most 32; as text, their names separated by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(Vec<Role>);

impl Roles {
    /// Parses the text in the database. A part that is not a role's name is ignored.
    pub fn from_text(text: &str) -> Self {
        Self(text.split(',').filter_map(|name| name.parse().ok()).collect())
    }

    /// Whether the account has this role.
    pub fn contains(&self, role: &Role) -> bool {
        self.0.contains(role)
    }

    /// The names of the roles.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|role| role.0.clone().into_owned()).collect()
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if is_role(name) {
            Ok(Self(Cow::Owned(name.to_owned())))
        } else {
            Err(format!("{name:?} is not a role: begin with a letter, go on with letters, digits, '-' or '_'"))
        }
    }
}

/// Parses a setting: names separated by commas; empty for no role.
impl FromStr for Roles {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let mut roles = Vec::new();
        for name in text.split(',') {
            let role = name.trim().parse()?;
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        if roles.len() > MAX_ROLES {
            return Err(format!(
                "there are {} roles: give at most {MAX_ROLES}, because an access token contains them all",
                roles.len()
            ));
        }
        Ok(Self(roles))
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANAGER: Role = Role::new("Manager");

    #[test]
    fn role_named_twice_is_kept_once() {
        let roles: Roles = "b,a, b".parse().unwrap();
        assert_eq!(roles.names(), ["b", "a"]);
    }

    #[test]
    fn roles_stored_as_text_are_read_back() {
        let roles: Roles = "Manager, auditor-2".parse().unwrap();
        assert_eq!(Roles::from_text(&roles.to_string()), roles);
        assert!(roles.contains(&MANAGER));
        assert_eq!(Roles::from_text(""), Roles::default());
    }

    #[test]
    fn malformed_role_name_is_refused() {
        for bad in ["Man ager", "1st", "a,,b", "a;b"] {
            assert!(bad.parse::<Roles>().is_err(), "{bad}");
        }
    }

    #[test]
    fn role_in_the_source_follows_the_rules_of_a_setting() {
        let longest: &'static str = "a".repeat(MAX_LENGTH).leak();
        for good in ["Manager", "auditor-2", "a_b", "Z", longest] {
            assert_eq!(Role::new(good), good.parse().unwrap());
        }
        let too_long: &'static str = "a".repeat(MAX_LENGTH + 1).leak();
        for bad in ["", "Man ager", "1st", "-a", "_a", "a,b", "a.b", "ä", "aä", "a\n", too_long] {
            assert!(std::panic::catch_unwind(|| Role::new(bad)).is_err(), "{bad:?}");
            assert!(bad.parse::<Role>().is_err(), "{bad:?}");
        }
    }
}
