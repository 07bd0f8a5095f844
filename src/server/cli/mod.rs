//! The command line: one module a command, each of which says how it ended.

mod key;
mod prune;
mod serve;

use super::config::{Options, SettingError, StoreOptions};
use clap::Parser as _;
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Sign-in that stays signed in: accounts, short access tokens and rotating refresh tokens.
#[derive(clap::Parser)]
#[command(version, about, after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Answer requests until stopped (what happens without a command, too)
    Serve {
        #[command(flatten)]
        options: Box<Options>,
    },
    /// List, rotate and retire the keys that tokens are made with
    #[command(subcommand, after_help = key::AFTER_HELP)]
    Key(key::Command),
    /// Delete ended sessions, old lines of the security log and forgiven failures to sign in
    #[command(after_help = prune::AFTER_HELP)]
    Prune {
        #[command(flatten)]
        store: StoreOptions,
    },
}

const AFTER_HELP: &str = "\
Every option is also an environment variable, as shown; the option goes before it. Durations carry their unit: 30s, \
5m, 12h, 7d.

Examples:
  latchkey                                      serve http://127.0.0.1:3000, data in ./data
  latchkey serve --demo on                      the same with sample data, to look around
  latchkey serve --access-token-ttl 10s         watch the tokens being refreshed
  latchkey key rotate                           make new tokens with fresh keys, without a restart";

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// A setting that cannot be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error("{0}")]
    CouldNot(Box<dyn Error>),
}

impl Failure {
    fn could_not(error: impl Into<Box<dyn Error>>) -> Self {
        Self::CouldNot(error.into())
    }
}

/// Runs the program. Exit codes: 0 when all went well, a server's orderly stop included; 1 when the command could not do
/// what it was asked to, or broke off; 2 for a command line or a setting that cannot be used.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => serve::run(cli.options),
        Some(Command::Serve { options }) => serve::run(*options),
        Some(Command::Key(command)) => key::run(command),
        Some(Command::Prune { store }) => prune::run(&store),
    };
    let Err(failure) = outcome else { return ExitCode::SUCCESS };
    // Nobody there to read it is no reason to panic.
    let _ = writeln!(io::stderr(), "latchkey: {failure}");
    match failure {
        Failure::CouldNot(_) => ExitCode::FAILURE,
        Failure::Setting(_) => ExitCode::from(2),
    }
}

/// What a command has to say, to standard output.
fn say(text: &str) {
    // The work is done; nobody there to read about it does not undo it.
    let _ = io::stdout().write_all(text.as_bytes());
}
