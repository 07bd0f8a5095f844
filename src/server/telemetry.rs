//! The log: to standard error, one line a message, at the level of the setting.

use std::io::IsTerminal as _;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Begins to log. Libraries speak up only when something is wrong: at deeper levels theirs would print statements and
/// headers, and with them tokens.
pub fn start(level: Level) {
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let filter = Targets::new().with_default(level.min(Level::WARN)).with_target("latchkey", level);
    // Fails only if logging has begun before, and then there is nothing to do.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
}
