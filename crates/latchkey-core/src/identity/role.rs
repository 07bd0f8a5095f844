//! Roles, which an application checks before it shows or changes something.

use std::fmt;
use std::str::FromStr;

/// A role's name: a letter, then letters, digits, `-` or `_`; at most 32 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role(String);

impl Role {
    /// The role that the sample resource requires.
    pub fn manager() -> Self {
        Self("Manager".to_owned())
    }
}

/// An access token has all of them, and must not exceed the size limit of the verifier.
const MOST: usize = 32;

/// The roles of an account, at most 32; as text, their names separated by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(Vec<Role>);

impl Roles {
    /// Parses the text in the database. A part that is not a role's name is ignored.
    pub fn from_text(text: &str) -> Self {
        Self(text.split(',').filter_map(|name| name.parse().ok()).collect())
    }

    /// Whether this role is one of them.
    pub fn contains(&self, role: &Role) -> bool {
        self.0.contains(role)
    }

    /// The names of the roles.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|role| role.0.clone()).collect()
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
        let goes_on_well = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if begins_well && goes_on_well && name.len() <= 32 {
            Ok(Self(name.to_owned()))
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
        if roles.len() > MOST {
            return Err(format!(
                "there are {} roles: give at most {MOST}, for an access token has to hold them all",
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

    #[test]
    fn role_named_twice_is_kept_once() {
        let roles: Roles = "b,a, b".parse().unwrap();
        assert_eq!(roles.names(), ["b", "a"]);
    }

    #[test]
    fn roles_stored_as_text_are_read_back() {
        let roles: Roles = "Manager, auditor-2".parse().unwrap();
        assert_eq!(Roles::from_text(&roles.to_string()), roles);
        assert!(roles.contains(&Role::manager()));
        assert_eq!(Roles::from_text(""), Roles::default());
    }

    #[test]
    fn malformed_role_name_is_refused() {
        for bad in ["Man ager", "1st", "a,,b", "a;b"] {
            assert!(bad.parse::<Roles>().is_err(), "{bad}");
        }
    }
}
