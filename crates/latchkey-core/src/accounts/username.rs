//! Usernames by RFC 8265, profile UsernameCaseMapped, with three deviations that docs/standards.md lists: a final sigma is
//! a sigma, and a new account's name neither looks like another's in letters of a second script, nor like an option of a
//! command line, nor like an e-mail address.

use super::display_name::is_blank;
use super::joiners::{ZWJ, ZWNJ, is_stacker, stacks};
use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation as _;
use unicode_security::{MixedScript as _, RestrictionLevel, RestrictionLevelDetection as _};

const LONGEST: usize = 64;
/// Before the normalisation: a letter that is typed decomposed, as some systems do, is four code points at most. The same
/// name must be found from every device.
const LONGEST_TYPED: usize = 4 * LONGEST;

/// A username: as typed, to be shown, and canonical, to be compared. Full-width letters, upper case and decomposed accents
/// all lead to one canonical form, so none of them can be used to pose as another user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    typed: String,
    key: String,
    unfolded: String,
}

/// What is wrong with a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameFault {
    Empty,
    TooLong,
    Characters,
    /// A command would take it for an option.
    Hyphen,
    /// It could be another person's e-mail address.
    AtSign,
    /// Letters of scripts that are not written together, such as Latin and Cyrillic, look alike.
    MixedScripts,
}

impl Username {
    /// Reads the name of an account that may exist: whatever was accepted once is accepted here.
    ///
    /// # Errors
    /// When the text is empty, its canonical form is longer than 64 code points, or it holds what the profile refuses:
    /// spaces, control characters, symbols, a mixture of writing directions (RFC 8265 §3.3, RFC 5893).
    pub fn parse(text: &str) -> Result<Self, UsernameFault> {
        let typed = text.trim();
        if typed.is_empty() {
            return Err(UsernameFault::Empty);
        }
        // Before the profile runs, so that it never works on a megabyte.
        if typed.chars().count() > LONGEST_TYPED {
            return Err(UsernameFault::TooLong);
        }
        let unfolded = UsernameCaseMapped::enforce(typed).map_err(|_| UsernameFault::Characters)?.into_owned();
        // Some letters become two; the canonical form must be a name that one can log in with.
        if unfolded.chars().count() > LONGEST {
            return Err(UsernameFault::TooLong);
        }
        Ok(Self { key: fold(&unfolded), unfolded, typed: typed.to_owned() })
    }

    /// Reads the name of a new account.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse); when the name is longer than 64 code points as it was typed, begins with `-`, holds
    /// an `@`, mixes scripts, or holds letters and marks that show nothing.
    pub fn parse_new(text: &str) -> Result<Self, UsernameFault> {
        let name = Self::parse(text)?;
        // As it was typed, it is shown, and stands in every access token.
        if name.typed.chars().count() > LONGEST {
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

    /// The canonical form before final sigmas were folded. Two accounts from that time may differ by nothing else; each
    /// of them keeps the form that it had.
    pub fn unfolded_key(&self) -> &str {
        &self.unfolded
    }
}

/// A sigma at the end of a word has a form of its own in lower case alone: `ΑΣ` may be written `ας` or `ασ`.
fn fold(key: &str) -> String {
    key.replace('ς', "σ")
}

/// By the letters alone: digits and punctuation belong to every script. One script is fine, as is what Chinese, Japanese
/// and Korean write together, with Latin or without (UTS 39 §5.2, Highly Restrictive). The level alone would also refuse
/// letters of one script that are rare in identifiers, which some languages need.
fn mixes_scripts(key: &str) -> bool {
    let letters: String = key.chars().filter(|c| c.is_alphabetic()).collect();
    !letters.as_str().is_single_script() && !letters.check_restriction_level(RestrictionLevel::HighlyRestrictive)
}

/// The profile allows them: they count as letters and marks.
fn holds_invisible_letters(key: &str) -> bool {
    let text: Vec<char> = key.chars().collect();
    (0..text.len()).any(|at| match text[at] {
        c if is_stacker(c) => !stacks(&text[..at], c, &text[at + 1..]),
        // The profile has checked the joiners (RFC 8264 §4.2.3).
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
    fn spellings_of_one_name_are_one_account() {
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
    fn name_of_composed_letters_is_found_when_typed_decomposed() {
        let key = Username::parse_new(&"é".repeat(64)).unwrap().key;
        let decomposed = "e\u{301}".repeat(64);
        assert_eq!(Username::parse(&decomposed).unwrap().key(), key);
        assert_eq!(Username::parse_new(&decomposed), Err(UsernameFault::TooLong));
        assert_eq!(Username::parse(&"e\u{301}".repeat(65)), Err(UsernameFault::TooLong));
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
    fn new_name_in_letters_that_belong_together_is_accepted() {
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
