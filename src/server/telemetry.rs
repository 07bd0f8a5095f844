//! The log: one line per event to standard error, as text if that is a terminal, otherwise as JSON.
//!
//! Events during a request have its id, in the span `request`. Control characters are escaped, so that no message can
//! forge a line or control a terminal.

mod escape;
mod json;

use escape::Escaped;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _};
use std::panic;
use tracing::field::Field;
use tracing::{Level, Subscriber};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::fmt::{FormatFields, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

/// The format of the lines: text for a person, JSON for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// The highest number of buffered lines if standard error blocks. Further lines are dropped, because requests must not
/// wait.
const WAITING_LINES: usize = 10_000;

/// Starts the log. The guard writes the last lines when it is dropped.
pub fn start(level: Level) -> WorkerGuard {
    let format = if io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(WAITING_LINES).finish(io::stderr());
    // This fails only if the log has already been started, which needs no action.
    let started = tracing::subscriber::set_global_default(subscriber(level, format, writer));
    if started.is_ok() && format == LogFormat::Json {
        // Rust's default report of a panic is not JSON and has no request id.
        panic::set_hook(Box::new(|panic| {
            let message = panic.payload_as_str().unwrap_or_default();
            let place = panic.location().map(tracing::field::display);
            tracing::error!(place, "panicked: {message}");
        }));
    }
    guard
}

/// Writes the log to `writer`. Libraries log only warnings and errors: at lower levels they log SQL statements and
/// headers, which contain tokens. `sqlx_postgres::options` is off, because it logs parts of a database URL that it
/// cannot parse, possibly the password.
pub fn subscriber<W>(level: Level, format: LogFormat, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = filter_fn(move |event| *event.level() <= limit(event.target(), level)).with_max_level_hint(level);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match format {
        LogFormat::Text => lines.fmt_fields(person_fields()).boxed(),
        LogFormat::Json => lines.with_ansi(false).fmt_fields(json::Fields).event_format(json::Lines).boxed(),
    };
    Registry::default().with(lines).with(filter)
}

/// The most detailed level that is logged of this target: `level` for this application, whatever its name, and for
/// Latchkey's crates.
fn limit(target: &str, level: Level) -> LevelFilter {
    const APPLICATION: &str = env!("CARGO_CRATE_NAME");
    // The whole name is compared, because the name of a library may begin with it.
    match target.split("::").next() {
        Some(name) if name == APPLICATION || name.starts_with("latchkey_") => LevelFilter::from_level(level),
        _ if target.starts_with("sqlx_postgres::options") => LevelFilter::OFF,
        _ => LevelFilter::from_level(level.min(Level::WARN)),
    }
}

fn person_fields() -> impl for<'a> FormatFields<'a> + Send + Sync + 'static {
    let field = |writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug| {
        let mut writer = Escaped::text(writer);
        match field.name() {
            "message" => write!(writer, "{value:?}"),
            name => write!(writer, "{name}={value:?}"),
        }
    };
    debug_fn(field).delimited(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_and_latchkey_log_at_the_level_that_is_set() {
        for target in [module_path!(), env!("CARGO_CRATE_NAME"), "latchkey_axum::request_log", "latchkey_core"] {
            assert_eq!(limit(target, Level::TRACE), LevelFilter::TRACE, "{target}");
            assert_eq!(limit(target, Level::ERROR), LevelFilter::ERROR, "{target}");
        }
    }

    #[test]
    fn library_logs_no_more_than_warnings() {
        let begins_alike = concat!(env!("CARGO_CRATE_NAME"), "x::query");
        for target in ["sqlx::query", "hyper", "", "::", begins_alike] {
            assert_eq!(limit(target, Level::TRACE), LevelFilter::WARN, "{target}");
            assert_eq!(limit(target, Level::ERROR), LevelFilter::ERROR, "{target}");
        }
        assert_eq!(limit("sqlx_postgres::options::parse", Level::TRACE), LevelFilter::OFF);
    }
}
