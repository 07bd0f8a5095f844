//! Characters that have no place in a log as they are.

use std::fmt;

/// Writes harmful characters as escapes, and everything else as it is.
pub struct Escaped<'a, W> {
    writer: &'a mut W,
    inside_quotes: bool,
}

impl<'a, W: fmt::Write> Escaped<'a, W> {
    /// Plain text.
    pub fn text(writer: &'a mut W) -> Self {
        Self { writer, inside_quotes: false }
    }

    /// The inside of a string of JSON (RFC 8259 §7).
    pub fn json(writer: &'a mut W) -> Self {
        Self { writer, inside_quotes: true }
    }
}

/// What would begin a line, steer a terminal, or turn the text beside it round: control characters, line separators, and
/// Unicode's marks of direction.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl<W: fmt::Write> fmt::Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((at, c)) =
            rest.char_indices().find(|(_, c)| is_harmful(*c) || (self.inside_quotes && matches!(c, '"' | '\\')))
        {
            let (before, from) = rest.split_at(at);
            self.writer.write_str(before)?;
            if is_harmful(c) {
                write!(self.writer, "\\u{:04x}", u32::from(c))?;
            } else {
                write!(self.writer, "\\{c}")?;
            }
            rest = from.split_at(c.len_utf8()).1;
        }
        self.writer.write_str(rest)
    }
}
