//! The log: to standard error, one line a message, at the level of the setting. At a terminal it is for people to read,
//! otherwise for programs, as JSON.
//!
//! What is written while a request is handled carries its id, in the span `request`. No message can forge another line
//! or steer a terminal: control characters are written as escapes.

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _};
use std::panic;
use tracing::field::Field;
use tracing::{Level, Subscriber};
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::fmt::{FormatFields, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

/// Whom the lines are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Person,
    Program,
}

/// Begins to log.
pub fn start(level: Level) {
    let reader = if io::stderr().is_terminal() { Reader::Person } else { Reader::Program };
    // Fails only if logging has begun before, and then there is nothing to do.
    let begun = tracing::subscriber::set_global_default(subscriber(level, reader, io::stderr));
    if begun.is_ok() && reader == Reader::Program {
        // Rust's own report of a panic is no JSON, and has no request's id.
        panic::set_hook(Box::new(|panic| {
            let message = panic.payload_as_str().unwrap_or_default();
            let place = panic.location().map(tracing::field::display);
            tracing::error!(place, "panicked: {message}");
        }));
    }
}

/// Writes what is logged to `writer`. Libraries speak up only when something is wrong: at deeper levels theirs would print
/// statements and headers, and with them tokens.
pub fn subscriber<W>(level: Level, reader: Reader, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = Targets::new().with_default(level.min(Level::WARN)).with_target("latchkey", level);
    let lines = tracing_subscriber::fmt::layer();
    let lines = match reader {
        Reader::Person => lines.with_writer(writer).fmt_fields(person_fields()).boxed(),
        Reader::Program => lines.json().flatten_event(true).with_span_list(false).with_writer(Lines(writer)).boxed(),
    };
    Registry::default().with(lines).with(filter)
}

fn person_fields() -> impl for<'a> FormatFields<'a> + Send + Sync + 'static {
    let field = |writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug| {
        let mut writer = Escaped(writer);
        match field.name() {
            "message" => write!(writer, "{value:?}"),
            name => write!(writer, "{name}={value:?}"),
        }
    };
    debug_fn(field).delimited(" ")
}

/// What would begin a line, steer a terminal, or turn the text beside it round: control characters, line separators, and
/// Unicode's marks of direction.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes harmful characters as JSON would.
struct Escaped<'a, W>(&'a mut W);

impl<W: fmt::Write> fmt::Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| {
            if is_harmful(c) { write!(self.0, "\\u{:04x}", u32::from(c)) } else { self.0.write_char(c) }
        })
    }
}

/// The same for whole lines of JSON, which leaves some of them as they are.
struct Lines<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Lines<W> {
    type Writer = Lines<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Lines(self.0.make_writer())
    }
}

impl<W: io::Write> io::Write for Lines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut safe = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
            // A String takes whatever is written to it.
            let _ = Escaped(&mut safe).write_str(line);
            safe.push_str(end);
        }
        self.0.write_all(safe.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
