//! Finds the places where joiners and stackers change what is shown. Elsewhere they are invisible, and two different
//! names would look the same.
//!
//! The joiners U+200C (ZWNJ) and U+200D (ZWJ) are accepted beside a virama in Indic scripts; ZWJ also inside emoji, and
//! ZWNJ also between letters that would join without it, as in Persian (RFC 5892 appendix A.1). ZWJ between letters of
//! cursive scripts is refused: letters that join do so without it. Stackers, which show nothing themselves, are
//! accepted between two letters of their own script.

use icu_properties::CodePointMapData;
use icu_properties::props::JoiningType;
use unicode_normalization::char::canonical_combining_class;
use unicode_properties::{GeneralCategory, UnicodeEmoji as _, UnicodeGeneralCategory as _};
use unicode_script::UnicodeScript as _;

pub(super) const EMOJI_FORM: char = '\u{fe0f}';
pub(super) const ZWNJ: char = '\u{200c}';
pub(super) const ZWJ: char = '\u{200d}';
/// The canonical combining class (ccc) of a virama (RFC 5892 appendix A.1).
const VIRAMA: u8 = 9;

pub(super) fn is_mark(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark | GeneralCategory::SpacingMark
    )
}

/// Invisible stackers, which put the next letter under the one before (Indic_Syllabic_Category), and the joiners of
/// Tifinagh and of Brahmi's numbers.
pub(super) fn is_stacker(c: char) -> bool {
    matches!(
        c,
        '\u{1039}'
            | '\u{17d2}'
            | '\u{1a60}'
            | '\u{1bab}'
            | '\u{2d7f}'
            | '\u{aaf6}'
            | '\u{10a3f}'
            | '\u{1107f}'
            | '\u{11133}'
            | '\u{113d0}'
            | '\u{1193e}'
            | '\u{11a47}'
            | '\u{11a99}'
            | '\u{11d45}'
            | '\u{11d97}'
            | '\u{11f42}'
    )
}

/// Whether a stacker is between two characters of its script. Marks may be between the first one and the stacker.
pub(super) fn stacks(before: &[char], stacker: char, after: &[char]) -> bool {
    let first = before.iter().rev().find(|c| !is_mark(**c));
    let is_of_script = |c: &char| c.is_alphanumeric() && c.script() == stacker.script();
    first.is_some_and(is_of_script) && after.first().is_some_and(is_of_script)
}

/// Whether a joiner changes what is shown here.
pub(super) fn joins(before: &[char], joiner: char, after: &[char]) -> bool {
    let next = after.first().copied();
    is_inside_emoji(before, joiner, next)
        || is_beside_virama(before, next)
        || joiner == ZWNJ && keeps_letters_apart(before, after)
}

/// Whether the joiner is inside an emoji sequence, such as a family or a profession. A skin tone and an emoji variation
/// selector may be between the first emoji and the joiner.
fn is_inside_emoji(before: &[char], joiner: char, next: Option<char>) -> bool {
    let is_skin = |c: char| matches!(c, '\u{1f3fb}'..='\u{1f3ff}');
    let base = before.iter().rev().find(|c| **c != EMOJI_FORM && !is_skin(**c));
    joiner == ZWJ && base.is_some_and(|c| is_picture(*c)) && next.is_some_and(is_picture)
}

/// Whether the character is an emoji that occurs in sequences. Unicode also classifies digits and `#` (for keycaps) and
/// `©`, `‼` and `™` as emoji, but no joined sequence has them.
fn is_picture(c: char) -> bool {
    c >= '\u{2190}' && c.is_emoji_char()
}

/// Whether the joiner is beside a virama. After a letter and its virama it chooses the form of a conjunct; in Bengali
/// and Sinhala, also between the letter and the virama. Marks, such as a nukta, may be between the letter and the
/// virama.
fn is_beside_virama(before: &[char], next: Option<char>) -> bool {
    let is_virama = |c: char| canonical_combining_class(c) == VIRAMA;
    let follows_letter_of = |before: &[char], virama: char| {
        let letter = before.iter().rev().find(|c| !is_mark(**c));
        letter.is_some_and(|letter| letter.is_alphabetic() && letter.script() == virama.script())
    };
    match before {
        [letters @ .., virama] if is_virama(*virama) => follows_letter_of(letters, *virama),
        _ => next.is_some_and(|next| is_virama(next) && follows_letter_of(before, next)),
    }
}

/// Whether the letters on both sides would join without the joiner; marks do not count.
fn keeps_letters_apart(before: &[char], after: &[char]) -> bool {
    let joining = CodePointMapData::<JoiningType>::new();
    let is_letter = |kind: &JoiningType| *kind != JoiningType::Transparent;
    let previous = before.iter().rev().map(|c| joining.get(*c)).find(is_letter);
    let next = after.iter().map(|c| joining.get(*c)).find(is_letter);
    matches!(previous, Some(JoiningType::LeftJoining | JoiningType::DualJoining))
        && matches!(next, Some(JoiningType::RightJoining | JoiningType::DualJoining))
}
