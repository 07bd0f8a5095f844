//! Accepts any readable text as a display name, but no invisible characters and none that reverse the text beside the
//! name.
//!
//! Refused are format characters (general category Cf), tag characters (U+E0000 to U+E0FFF), fillers and other
//! characters that show nothing, private use and unassigned characters (as in RFC 8264 §4.3), and more than four
//! nonspacing marks in a row (UTS 39 §5.4), which cover the lines beside the name. Some of these are needed in writing
//! and are accepted only where they have an effect: joiners and stackers (`joiners.rs`); the tags of the flags of
//! England, Scotland and Wales; and variation selectors after a character that has variants: an emoji, a Han character
//! as in Japanese names, a Mongolian letter.

use super::joiners::{EMOJI_FORM, ZWJ, ZWNJ, is_mark, is_stacker, joins, stacks};
use std::ops::RangeInclusive;
use unicode_properties::{GeneralCategory, UnicodeEmoji as _, UnicodeGeneralCategory as _};
use unicode_script::{Script, UnicodeScript as _};

const MAX_LENGTH: usize = 100;
const TEXT_FORM: char = '\u{fe0e}';
const KEYCAP: char = '\u{20e3}';
const MAX_MARKS: usize = 4;
/// The flags that are made of tags (emoji tag sequences, UTS 51 §1.4.6; only these three are in use).
const TAGGED_FLAGS: [&str; 3] = [
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];
const TAGS: RangeInclusive<char> = '\u{e0000}'..='\u{e0fff}';
const HAN_FORMS: RangeInclusive<char> = '\u{e0100}'..='\u{e01ef}';

/// Checks a name that is not empty.
///
/// # Errors
/// What to change, for the user.
pub fn check(name: &str) -> Result<(), &'static str> {
    match fault_in(name, MAX_LENGTH) {
        Some(TextFault::Blank) => Err("Use at least one character that can be seen, or leave this empty."),
        Some(TextFault::LongOrHidden) => Err("Use at most 100 characters, without invisible ones."),
        Some(TextFault::Marks) => Err(MARKS),
        None => Ok(()),
    }
}

/// The message for [`TextFault::Marks`].
pub(super) const MARKS: &str = "Use at most four accents or other marks on a letter, and none before the first.";

/// Why a text cannot be shown to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextFault {
    /// Nothing in it can be seen.
    Blank,
    /// It is too long, or has characters that cannot be seen.
    LongOrHidden,
    /// It has too many marks on a letter, or a mark at its beginning.
    Marks,
}

/// Why a text of at most `longest` characters cannot be shown, if it cannot.
pub(super) fn fault_in(text: &str, longest: usize) -> Option<TextFault> {
    if text.chars().all(is_blank) {
        Some(TextFault::Blank)
    } else if text.chars().count() > longest || holds_hidden_characters(text) {
        Some(TextFault::LongOrHidden)
    } else {
        has_misplaced_marks(text).then_some(TextFault::Marks)
    }
}

fn holds_hidden_characters(name: &str) -> bool {
    let without_flags = TAGGED_FLAGS.iter().fold(name.to_owned(), |name, flag| name.replace(flag, "\u{1f3f4}"));
    let text: Vec<char> = without_flags.chars().collect();
    (0..text.len()).any(|at| {
        let (before, after) = (&text[..at], &text[at + 1..]);
        match text[at] {
            ZWNJ | ZWJ => !joins(before, text[at], after),
            c if is_stacker(c) => !stacks(before, c, after),
            c if is_selector(c) => !before.last().is_some_and(|base| varies(*base, c, after.first())),
            // Before the category: fillers are letters.
            c if is_blank(c) && !c.is_whitespace() => true,
            c => matches!(
                c.general_category(),
                GeneralCategory::Control
                    | GeneralCategory::Format
                    | GeneralCategory::LineSeparator
                    | GeneralCategory::ParagraphSeparator
                    | GeneralCategory::PrivateUse
                    | GeneralCategory::Unassigned
            ),
        }
    })
}

/// Whether a character has more than four marks, which no language uses, or whether the name begins with a mark, which
/// would be shown on the text before the name. Joiners and spacing marks between the marks do not count.
fn has_misplaced_marks(name: &str) -> bool {
    let mut marks = MAX_MARKS;
    name.chars().any(|c| {
        match c.general_category() {
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark if !is_selector(c) => marks += 1,
            GeneralCategory::SpacingMark if marks == MAX_MARKS => marks += 1,
            _ if is_mark(c) || matches!(c, ZWNJ | ZWJ) => {}
            _ => marks = 0,
        }
        marks > MAX_MARKS
    })
}

/// Variation selectors.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}') || HAN_FORMS.contains(&c)
}

/// Whether a selector chooses a form of the character before it.
fn varies(base: char, selector: char, next: Option<&char>) -> bool {
    match selector {
        EMOJI_FORM | TEXT_FORM if base.is_ascii() => base.is_emoji_char() && next == Some(&KEYCAP),
        EMOJI_FORM | TEXT_FORM => base.is_emoji_char(),
        '\u{180b}'..='\u{180f}' => base.script() == Script::Mongolian,
        '\u{fe00}'..='\u{fe0d}' => matches!(base.script(), Script::Han | Script::Myanmar | Script::Phags_Pa),
        _ => base.script() == Script::Han,
    }
}

/// Whether a character shows nothing by itself, although some scripts and emoji sequences need it: spaces, Unicode's
/// Default_Ignorable_Code_Point, the blanks of Braille and of hieroglyphs, and the filler of Khitan. A link whose text
/// is a name of only such characters would be invisible.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        )
        || matches!(c, '\u{200c}' | '\u{200d}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}')
        || matches!(c, '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{fffc}' | '\u{13441}' | '\u{13442}' | '\u{16fe4}' | '\u{1d159}')
        || TAGS.contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misplaced_format_characters_are_refused() {
        for name in [
            "Ada\u{200d}",
            "Ada\u{200c}Lovelace",
            "A\u{200d}d\u{200d}a",
            "\u{200d}Ada",
            "Ада\u{200d}м",
            "山\u{200d}田",
            "👩\u{200d}Ada",
            "1\u{200d}2",
            "👩\u{200c}👩",
            "👩\u{200d}\u{200d}👩",
            "می\u{200c}",
            "می\u{200c}\u{200c}روم",
            "سلام\u{200c}ada",
            "Ada\u{ad}",
            "Ada\u{61c}",
            "Ada\u{180e}",
            "Ada\u{200b}",
            "Ada\u{200e}",
            "Ada\u{200f}",
            "\u{202a}Ada\u{202c}",
            "\u{202d}Ada",
            "\u{202e}adA",
            "Ada\u{2028}",
            "Ada\u{2029}",
            "Ada\u{2060}",
            "Ada\u{2064}",
            "\u{2066}Ada\u{2069}",
            "Ada\u{206f}",
            "Ada\u{feff}",
            "Ada\u{fff9}x\u{fffb}",
            "Ada\u{1d173}",
            "Ada\u{e0001}",
            "Ada\u{e0041}\u{e007f}",
            "🏴\u{e0067}\u{e0062}\u{e0077}",
            "🏴\u{e0061}\u{e0064}\u{e0061}\u{e007f}",
            "Ada\u{e0100}",
            "Ada\u{e0fff}",
            "Ada\u{0}",
            "Ada\u{85}",
            "Ada\tLovelace",
            "Ada\u{34f}",
            "Ada\u{3164}Lovelace",
            "\u{115f}Ada",
            "Ada\u{1160}",
            "Ada\u{2800}",
            "Ada\u{17b4}",
            "Ada\u{180b}",
            "Ada\u{fe0e}",
            "Ada\u{fe0f}",
            "1\u{fe0f}",
            "Ada\u{fe00}",
            "Ada\u{fff0}",
            "Ada\u{2065}",
            "Ada\u{ffff}",
            "Ada\u{fdd0}",
            "Ada\u{e000}",
            "Ada\u{f8ff}",
            "Ada\u{10fffd}",
            "Ada\u{378}",
            "©\u{200d}™",
            "Ada\u{94d}\u{200d}",
            "Ada\u{94d}\u{200c}",
            "क\u{94d}\u{200d}\u{200d}",
            "Ada\u{fffc}",
            "Ada\u{1d159}",
            "\u{13441}",
            "Ada\u{13442}",
            "Ada\u{16fe4}",
            "Ada\u{2d7f}",
            "ⴰ\u{2d7f}",
            "\u{2d7f}ⴰ",
            "က\u{1039}",
            "ក\u{17d2}",
            "ក\u{17d2}a",
            // After a letter that does not join, and between letters that join anyway.
            "د\u{200c}اود",
            "دَ\u{200c}اود",
            "م\u{200d}حمد",
            "محم\u{200d}د",
            "محمد\u{200d}",
        ] {
            assert!(check(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn joiners_and_selectors_in_context_are_accepted() {
        for name in [
            "👩🏽\u{200d}👩🏿\u{200d}👧🏻\u{200d}👦🏼",
            "👩\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨",
            "🏳\u{fe0f}\u{200d}🌈",
            "Ada 👩\u{200d}🚀",
            "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f} Siân",
            "علی\u{200c}رضا",
            "عَ\u{200c}ل",
            "ⴰ\u{2d7f}ⴱ",
            "ကက\u{1039}က",
            "က\u{1004}\u{103a}\u{1039}က",
            "ខ\u{17d2}មែរ",
            "ශ්\u{200d}රී",
            "क्\u{200d}ष",
            "क़्\u{200d}ष",
            "क्\u{200c}ष",
            "র\u{200d}্যাম",
            "ന്\u{200d}",
            "渡邉\u{e0100}",
            "Z̷͉̈́a̴̡͝l̵̰̀g̶̢͂o̵͚͝",
            "1\u{fe0f}\u{20e3} Ada",
            "葛\u{fe00}城",
            "ᠮᠣᠩ\u{180b}",
            "Việt, नीति, שָׁלוֹם, བཀྲ་ཤིས་",
            "ليلى حداد (مديرة)",
            "(שלום) Ada Lovelace, ליידי 3!",
            "❤\u{fe0f}",
        ] {
            assert_eq!(check(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn name_with_too_many_combining_marks_is_refused() {
        assert!(check(&format!("A{}da", "\u{301}".repeat(4))).is_ok());
        assert!(check(&format!("A{}da", "\u{301}".repeat(5))).is_err());
        assert!(check(&format!("A{}", "\u{20dd}".repeat(60))).is_err());
        assert!(check(&format!("A{}", "\u{301}\u{301}\u{301}\u{94d}\u{200d}".repeat(15))).is_err());
        assert!(check(&format!("A{}", "\u{301}\u{301}\u{301}\u{301}\u{903}".repeat(12))).is_err());
        assert!(check("\u{301}Ada").is_err() && check("\u{903}Ada").is_err());
    }

    #[test]
    fn invisible_display_name_is_refused() {
        for name in ["\u{13441}\u{13442}", "\u{2800}", "\u{3164}", "\u{fe0f}", "\u{a0}\u{2003}"] {
            assert!(check(name).unwrap_err().contains("can be seen"), "{name:?}");
        }
        assert!(check(&"é".repeat(100)).is_ok() && check(&"é".repeat(101)).is_err());
    }
}
