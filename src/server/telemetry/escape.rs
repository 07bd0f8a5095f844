//! Escapes characters that are dangerous in a log.

use std::fmt;

/// Escapes harmful characters, and writes all others unchanged.
pub struct Escaped<'a, W> {
    writer: &'a mut W,
    inside_quotes: bool,
}

impl<'a, W: fmt::Write> Escaped<'a, W> {
    /// For plain text.
    pub fn text(writer: &'a mut W) -> Self {
        Self { writer, inside_quotes: false }
    }

    /// For the content of a JSON string (RFC 8259 §7).
    pub fn json(writer: &'a mut W) -> Self {
        Self { writer, inside_quotes: true }
    }
}

/// Control characters and line separators, which could start a line or control a terminal, and Unicode's bidirectional
/// controls, which could reorder the text around them.
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
