//! Passwords in their normal form. `policy.rs` decides which passwords may be chosen; `argon2id.rs` hashes them.

use latchkey_wire::PlainPassword;
use precis_profiles::OpaqueString;
use precis_profiles::precis_core::profile::PrecisFastInvocation as _;

const MIN_LENGTH: usize = 8;
const MAX_LENGTH: usize = 128;
/// The limit before normalisation. Some systems send decomposed letters, of up to four code points each. The same
/// password must be accepted on every device.
const MAX_TYPED_LENGTH: usize = 4 * MAX_LENGTH;

/// A password in the normal form OpaqueString of RFC 8265: NFC, with every kind of space replaced by U+0020. Case is
/// kept, and nothing is truncated. The `Debug` output does not contain the password.
#[derive(Clone, Debug)]
pub struct NormalizedPassword(PlainPassword);

/// What is wrong with a chosen password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    TooShort,
    TooLong,
    Characters,
}

impl NormalizedPassword {
    /// Normalises a new password. [`check_new_password`](super::policy::check_new_password) decides whether it is hard
    /// enough to guess.
    ///
    /// # Errors
    /// If it has fewer than 8 or more than 128 code points (NIST SP 800-63B §3.1.1.2), or control characters.
    pub(super) fn chosen(typed: &PlainPassword) -> Result<Self, PasswordFault> {
        // The length is checked before the normalisation as well, so that it never processes a megabyte.
        if typed.expose().chars().count() > MAX_TYPED_LENGTH {
            return Err(PasswordFault::TooLong);
        }
        if typed.expose().is_empty() {
            return Err(PasswordFault::TooShort);
        }
        let normal = OpaqueString::enforce(typed.expose()).map_err(|_| PasswordFault::Characters)?;
        match normal.chars().count() {
            ..MIN_LENGTH => Err(PasswordFault::TooShort),
            MIN_LENGTH..=MAX_LENGTH => Ok(Self(PlainPassword::from(normal.into_owned()))),
            _ => Err(PasswordFault::TooLong),
        }
    }

    /// Normalises a password that is to be checked. One that breaks the rules for new passwords matches no hash.
    pub fn presented(typed: &PlainPassword) -> Self {
        let short_enough = Some(typed.expose()).filter(|text| text.chars().count() <= MAX_TYPED_LENGTH);
        let normal = short_enough.and_then(|text| OpaqueString::enforce(text).ok());
        let normal = normal.filter(|text| text.chars().count() <= MAX_LENGTH);
        Self(PlainPassword::from(normal.unwrap_or_default().into_owned()))
    }
}

impl NormalizedPassword {
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl PasswordFault {
    /// What to change, for the user.
    pub fn message(self) -> &'static str {
        match self {
            Self::TooShort => "Use at least 8 characters.",
            Self::TooLong => "Use at most 128 characters.",
            Self::Characters => "Use letters, digits, punctuation and symbols, without invisible characters.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_chosen_composed_matches_typed_decomposed() {
        for (composed, decomposed) in [("ü", "u\u{308}"), ("\u{1fa7}", "\u{3c9}\u{314}\u{342}\u{345}")] {
            let chosen = NormalizedPassword::chosen(&secret(&composed.repeat(128))).unwrap();
            let typed = secret(&decomposed.repeat(128));
            assert_eq!(NormalizedPassword::presented(&typed).expose(), chosen.expose());
            assert!(NormalizedPassword::chosen(&typed).is_ok());
            let longer = secret(&decomposed.repeat(129));
            assert_eq!(NormalizedPassword::chosen(&longer).unwrap_err(), PasswordFault::TooLong);
            assert_eq!(NormalizedPassword::presented(&longer).expose(), "");
        }
    }

    fn secret(text: &str) -> PlainPassword {
        PlainPassword::from(text.to_owned())
    }

    #[test]
    fn password_length_is_counted_in_code_points() {
        assert_eq!(NormalizedPassword::chosen(&secret("1234567")).unwrap_err(), PasswordFault::TooShort);
        assert!(NormalizedPassword::chosen(&secret(&"ü".repeat(128))).is_ok());
        assert_eq!(NormalizedPassword::chosen(&secret(&"ü".repeat(129))).unwrap_err(), PasswordFault::TooLong);
        assert_eq!(NormalizedPassword::chosen(&secret("pass\u{0}word")).unwrap_err(), PasswordFault::Characters);
    }
}
