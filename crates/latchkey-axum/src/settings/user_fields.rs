//! Checks the user fields of an application against each other. [`UserField`] checks each by itself.

use latchkey_wire::UserField;

/// The highest number of fields. A browser stores the user and the tokens in one record of at most 16 KiB, half of
/// which the largest tokens take.
const MAX_FIELDS: usize = 32;
const MAX_CHARACTERS: usize = 1000;

/// Why user fields cannot be used together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserFieldsFault {
    /// Two fields have the same name.
    #[error("two user fields have the name {name}: give each a name of its own")]
    Twice {
        /// The name.
        name: &'static str,
    },
    /// There are more than 32 fields.
    #[error("there are {found} user fields, and at most 32 are possible: keep the others in a table of your own")]
    TooMany {
        /// The number of fields.
        found: usize,
    },
    /// The longest texts do not fit into the record that a browser stores.
    #[error(
        "the longest texts of all user fields have {found} characters together, and at most 1000 are possible: set \
         shorter ones with `UserField::longest`, or keep long texts in a table of your own"
    )]
    TooLong {
        /// How many characters the longest texts have.
        found: usize,
    },
}

/// Checks the fields of an application.
///
/// # Errors
/// [`UserFieldsFault`].
pub fn check(fields: &[UserField]) -> Result<(), UserFieldsFault> {
    let twice =
        fields.iter().enumerate().find(|(at, field)| fields.iter().take(*at).any(|other| other.name() == field.name()));
    let characters = fields.iter().map(UserField::longest_text).fold(0, usize::saturating_add);
    match twice {
        Some((_, field)) => Err(UserFieldsFault::Twice { name: field.name() }),
        None if fields.len() > MAX_FIELDS => Err(UserFieldsFault::TooMany { found: fields.len() }),
        None if characters > MAX_CHARACTERS => Err(UserFieldsFault::TooLong { found: characters }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_cannot_be_used_together_are_refused() {
        let field = |name: &str| UserField::text(name.to_owned().leak(), "x").longest(1);
        let many = |number| (0..number).map(|n| field(&format!("f{n}"))).collect::<Vec<_>>();
        let long = |length| [field("a").longest(length), field("b").longest(500)];
        assert_eq!(check(&[field("a"), field("b"), field("a")]), Err(UserFieldsFault::Twice { name: "a" }));
        assert_eq!(check(&many(33)), Err(UserFieldsFault::TooMany { found: 33 }));
        assert_eq!(check(&long(501)), Err(UserFieldsFault::TooLong { found: 1001 }));
        assert_eq!(check(&long(usize::MAX)), Err(UserFieldsFault::TooLong { found: usize::MAX }));
        assert!(check(&many(32)).is_ok() && check(&long(500)).is_ok() && check(&[]).is_ok());
    }
}
