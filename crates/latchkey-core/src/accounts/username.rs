//! Usernames by RFC 8265, profile UsernameCaseMapped. docs/standards.md lists the deviations: a final sigma equals a
//! sigma; and a new name must not mix scripts that can look alike, begin with `-`, contain `@`, or contain invisible
//! letters.

use super::display_name::is_blank;
use super::joiners::{ZWJ, ZWNJ, is_stacker, stacks};
use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation as _;
use unicode_security::{MixedScript as _, RestrictionLevel, RestrictionLevelDetection as _};

const MAX_CODE_POINTS: usize = 64;
/// The limit before normalisation. Some systems send decomposed letters, of up to four code points each; such a spelling
/// of an existing name must be accepted as well.
const MAX_TYPED_CODE_POINTS: usize = 4 * MAX_CODE_POINTS;

/// A username in two forms: as typed, for display, and canonical, for comparison. Full-width letters, upper case and
/// decomposed accents have one canonical form, so an attacker cannot use them to impersonate another user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    typed: String,
    key: String,
    unfolded: String,
}

/// What is wrong with a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameFault {
    /// It is empty.
    Empty,
    /// It is longer than allowed.
    TooLong,
    /// It has characters that are not allowed.
    Characters,
    /// It begins with a hyphen, so command-line tools would parse it as an option.
    Hyphen,
    /// It contains an `@`, so it could be another person's e-mail address.
    AtSign,
    /// It mixes scripts that are not used together, such as Latin and Cyrillic, whose letters can look alike.
    MixedScripts,
}

impl Username {
    /// Parses the name of an existing account. Accepts every name that an earlier version accepted, also if
    /// [`parse_new`](Self::parse_new) now rejects it.
    ///
    /// # Errors
    /// If the text is empty, if it is longer than 256 code points as typed or 64 in canonical form, or if it contains
    /// characters that the profile disallows: spaces, control characters, symbols, mixed writing directions (RFC 8265
    /// §3.3, RFC 5893).
    pub fn parse(text: &str) -> Result<Self, UsernameFault> {
        let typed = text.trim();
        if typed.is_empty() {
            return Err(UsernameFault::Empty);
        }
        // Checked first, to bound the work of the profile.
        if typed.chars().count() > MAX_TYPED_CODE_POINTS {
            return Err(UsernameFault::TooLong);
        }
        let unfolded = UsernameCaseMapped::enforce(typed).map_err(|_| UsernameFault::Characters)?.into_owned();
        // Case mapping can turn one letter into two. The canonical form must itself be a valid username.
        if unfolded.chars().count() > MAX_CODE_POINTS {
            return Err(UsernameFault::TooLong);
        }
        Ok(Self { key: fold(&unfolded), unfolded, typed: typed.to_owned() })
    }

    /// Parses the name of a new account.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse). Also if the name as typed is longer than 64 code points, begins with `-`, contains
    /// an `@`, mixes scripts, or contains invisible letters or marks.
    pub fn parse_new(text: &str) -> Result<Self, UsernameFault> {
        let name = Self::parse(text)?;
        // The form as typed is displayed, and every access token contains it.
        if name.typed.chars().count() > MAX_CODE_POINTS {
            Err(UsernameFault::TooLong)
        } else if name.key.starts_with('-') {
            Err(UsernameFault::Hyphen)
        } else if name.key.contains('@') {
            Err(UsernameFault::AtSign)
        } else if mixes_scripts(&name.key) {
            Err(UsernameFault::MixedScripts)
        } else if holds_invisible_letters(&name.key) {
            Err(UsernameFault::Characters)
        } else {
            Ok(name)
        }
    }

    /// As it was typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The canonical form.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The canonical form without the folding of final sigmas. Accounts from before this folding may differ only in a
    /// final sigma; each is stored under this form.
    pub fn unfolded_key(&self) -> &str {
        &self.unfolded
    }
}

/// Only the lowercase sigma has a separate form at the end of a word: `ΑΣ` may be written `ας` or `ασ`.
fn fold(key: &str) -> String {
    key.replace('ς', "σ")
}

/// Checks letters only; digits and punctuation are ignored. Accepts a single script, and the combinations that Chinese,
/// Japanese and Korean use, with or without Latin (UTS 39 §5.2, Highly Restrictive). The restriction level alone would
/// also reject letters that are rare in identifiers but that some languages need.
fn mixes_scripts(key: &str) -> bool {
    let letters: String = key.chars().filter(|c| c.is_alphabetic()).collect();
    !letters.as_str().is_single_script() && !letters.check_restriction_level(RestrictionLevel::HighlyRestrictive)
}

/// Whether the name contains invisible characters. The profile allows those that Unicode classifies as letters or marks.
fn holds_invisible_letters(key: &str) -> bool {
    let text: Vec<char> = key.chars().collect();
    (0..text.len()).any(|at| match text[at] {
        c if is_stacker(c) => !stacks(&text[..at], c, &text[at + 1..]),
        // The profile has applied the contextual rules for joiners (RFC 5892 appendices A.1 and A.2).
        ZWNJ | ZWJ => false,
        c => is_blank(c),
    })
}

impl UsernameFault {
    /// What to change, for the user.
    pub fn message(self) -> &'static str {
        match self {
            Self::Empty => "Choose a username.",
            Self::TooLong => "Use at most 64 characters.",
            Self::Characters => "Use letters, digits and punctuation, without spaces or special symbols.",
            Self::Hyphen => "Begin with something other than a hyphen.",
            Self::AtSign => "Leave out the @: a username is not an e-mail address.",
            Self::MixedScripts => "Use letters of one script: those of several look alike.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_share_one_key() {
        for spelling in ["José", "JOSÉ", "Jose\u{301}", "ｊｏｓé", "  josé "] {
            assert_eq!(Username::parse(spelling).unwrap().key(), "josé", "{spelling:?}");
        }
    }

    #[test]
    fn final_sigma_in_any_spelling_gives_one_key() {
        for spelling in ["ΑΣ", "ας", "ασ", "Ας"] {
            assert_eq!(Username::parse_new(spelling).unwrap().key(), "ασ", "{spelling}");
        }
        assert_eq!(Username::parse("ας").unwrap().unfolded_key(), "ας");
    }

    #[test]
    fn username_typed_decomposed_has_the_same_key() {
        let key = Username::parse_new(&"é".repeat(64)).unwrap().key;
        let decomposed = "e\u{301}".repeat(64);
        assert_eq!(Username::parse(&decomposed).unwrap().key(), key);
        assert_eq!(Username::parse_new(&decomposed), Err(UsernameFault::TooLong));
        assert_eq!(Username::parse(&"e\u{301}".repeat(65)), Err(UsernameFault::TooLong));
    }

    #[test]
    fn username_with_invisible_or_odd_characters_is_refused() {
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

    #[test]
    fn new_name_like_option_or_address_or_look_alike_is_refused() {
        use UsernameFault::{AtSign, Characters, Hyphen, MixedScripts};
        for (name, fault) in [
            ("a\u{2d7f}", Characters),
            ("ⴰ\u{2d7f}", Characters),
            ("-ada", Hyphen),
            ("--all", Hyphen),
            ("\u{ff0d}ada", Hyphen), // full width
            ("ada@example.org", AtSign),
            ("ada\u{ff20}example.org", AtSign),
            ("p\u{430}ypal", MixedScripts), // Cyrillic a
            ("P\u{410}YPAL", MixedScripts),
            ("αda", MixedScripts),
            ("ad\u{561}", MixedScripts), // Armenian
            ("j\u{585}hn", MixedScripts),
            ("\u{13aa}da", MixedScripts), // Cherokee
            ("\u{430}1α", MixedScripts),  // Cyrillic and Greek
            ("山\u{430}", MixedScripts),
        ] {
            assert_eq!(Username::parse_new(name), Err(fault), "{name:?}");
            assert!(Username::parse(name).is_ok(), "{name:?} may exist from earlier and must be found");
        }
    }

    #[test]
    fn new_name_of_blanks_is_refused() {
        for name in ["\u{13441}", "a\u{13442}", "\u{16fe4}"] {
            assert_eq!(Username::parse_new(name), Err(UsernameFault::Characters), "{name:?}");
        }
    }

    #[test]
    fn new_name_in_compatible_scripts_is_accepted() {
        for name in ["ada-lovelace_1815", "a-", "josé", "ψυχή", "олена", "אברהם1", "محمد", "ᏣᎳᎩ"]
        {
            assert!(Username::parse_new(name).is_ok(), "{name}");
        }
        for name in [
            "ⴰ\u{2d7f}ⴱ",
            "ខ\u{17d2}មែរ",
            "山田taro",
            "山田たろう",
            "タロウ1",
            "김민준kim",
            "अनन्या",
            "ɑda",
            "þórr",
            "12345",
            "२०२६",
        ] {
            assert!(Username::parse_new(name).is_ok(), "{name}");
        }
    }
}
