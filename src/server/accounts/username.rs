//! Usernames by RFC 8265, profile UsernameCaseMapped.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation as _;

const LONGEST: usize = 64;

/// A username in two forms: as typed, to be shown, and canonical, to be compared. Full-width letters, upper case and
/// decomposed accents all lead to one canonical form, so none of them can be used to pose as somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    typed: String,
    key: String,
}

/// What is wrong with a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameFault {
    Empty,
    TooLong,
    Characters,
}

impl Username {
    /// # Errors
    /// When the text is empty, longer than 64 code points, or holds what the profile refuses: spaces, control
    /// characters, symbols, a mixture of writing directions (RFC 8265 §3.3, RFC 5893).
    pub fn parse(text: &str) -> Result<Self, UsernameFault> {
        let typed = text.trim();
        if typed.is_empty() {
            return Err(UsernameFault::Empty);
        }
        // Before the profile runs, so that it never works on a megabyte.
        if typed.chars().count() > LONGEST {
            return Err(UsernameFault::TooLong);
        }
        let key = UsernameCaseMapped::enforce(typed).map_err(|_| UsernameFault::Characters)?;
        // Some letters become two; the canonical form must be a name that one can log in with.
        if key.chars().count() > LONGEST {
            return Err(UsernameFault::TooLong);
        }
        Ok(Self { key: key.into_owned(), typed: typed.to_owned() })
    }

    /// As it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The canonical form.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl UsernameFault {
    /// Says to a person what to change.
    pub fn message(self) -> &'static str {
        match self {
            Self::Empty => "Choose a username.",
            Self::TooLong => "Use at most 64 characters.",
            Self::Characters => "Use letters, digits and punctuation, without spaces or special symbols.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_account() {
        for spelling in ["José", "JOSÉ", "Jose\u{301}", "ｊｏｓé", "  josé "] {
            assert_eq!(Username::parse(spelling).unwrap().key(), "josé", "{spelling:?}");
        }
    }

    #[test]
    fn an_impostors_tricks_are_refused() {
        for trick in ["jo hn", "john\u{202e}", "john\u{0}", "jo\nhn", "jo\u{200b}hn", "☃"] {
            assert_eq!(
                Username::parse(trick).map_err(|fault| fault == UsernameFault::Characters),
                Err(true),
                "{trick:?}"
            );
        }
        assert_eq!(Username::parse("   "), Err(UsernameFault::Empty));
        assert_eq!(Username::parse(&"a".repeat(65)), Err(UsernameFault::TooLong));
        assert_eq!(Username::parse(&"İ".repeat(64)), Err(UsernameFault::TooLong), "twice as long in lower case");
    }
}
