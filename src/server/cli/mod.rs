//! The command line, with one module for each command.

mod backup;
mod compact;
mod completions;
mod config;
mod doctor;
mod failure;
mod key;
mod move_database;
mod password;
mod prune;
mod restore;
mod serve;
mod session;
mod throttle;
mod user;
mod work;

use crate::config::{FileOptions, Options, RetentionOptions, StoreOptions, check_environment, without_empty_variables};
use clap::{CommandFactory as _, FromArgMatches as _};
use clap_complete::Shell;
use failure::Failure;
use std::io::{self, Write as _};
use std::path::PathBuf;
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
    /// Add, list, disable and enable accounts, and set their roles and passwords
    #[command(subcommand, after_help = user::AFTER_HELP)]
    User(user::Command),
    /// List sessions and end them
    #[command(subcommand, after_help = session::AFTER_HELP)]
    Session(session::Command),
    /// Show who has to wait after failed sign-ins, and let them in again
    #[command(subcommand, after_help = throttle::AFTER_HELP)]
    Throttle(throttle::Command),
    /// List, rotate and retire the keys that tokens are made with
    #[command(subcommand, after_help = key::AFTER_HELP)]
    Key(key::Command),
    /// Delete ended sessions, old lines of the security log and forgiven failures to sign in
    #[command(after_help = prune::AFTER_HELP)]
    Prune {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        retention: RetentionOptions,
    },
    /// Copy the database to a new file, while the server runs
    #[command(after_help = backup::AFTER_HELP)]
    Backup {
        /// The file to make
        file: PathBuf,
        #[command(flatten)]
        files: FileOptions,
    },
    /// Put a backup in the place of the database, and sign all users out
    #[command(after_help = restore::AFTER_HELP)]
    Restore {
        /// A file that `latchkey backup` made
        file: PathBuf,
        #[command(flatten)]
        files: FileOptions,
    },
    /// Rewrite the database file without its unused pages, with the server stopped
    #[command(after_help = compact::AFTER_HELP)]
    Compact {
        #[command(flatten)]
        files: FileOptions,
    },
    /// Move the data from SQLite to PostgreSQL, with the server stopped
    #[command(after_help = move_database::AFTER_HELP)]
    Move {
        /// postgres://USER@HOST/DATABASE: an empty database
        #[arg(long, value_name = "URL")]
        to: String,
        #[command(flatten)]
        files: FileOptions,
    },
    /// Check whether settings, files, database and clock are as they should be
    #[command(after_help = doctor::AFTER_HELP)]
    Doctor {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        options: Box<Options>,
    },
    /// Show every setting, and whether a flag, the environment or the default says so
    #[command(after_help = config::AFTER_HELP)]
    Config {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        options: Box<Options>,
    },
    /// Print what makes a shell complete this command line
    #[command(after_help = completions::AFTER_HELP)]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

const AFTER_HELP: &str = "\
Every option that is a setting is also an environment variable, as shown; the option goes before it. Durations carry their \
unit: 30s, 5m, 12h, 7d. An empty variable counts as not set. One that begins with LATCHKEY_ and is not a setting is an error.

Exit codes: 0 when all went well; 1 when the command could not do what it was asked to; 2 for a command line or a setting \
that cannot be used.

Examples:
  latchkey                                      serve http://127.0.0.1:3000, data in ./data
  latchkey serve --demo on                      the same with sample data, to look around
  latchkey serve --access-token-ttl 10s         watch the tokens being refreshed
  latchkey user add ada --roles Manager         make an account; asks for the password
  latchkey throttle clear ada                   let ada try again, who has been made to wait
  latchkey backup /backup/latchkey.db           copy the database while the server runs
  latchkey key rotate                           make new tokens with fresh keys, without a restart
  latchkey doctor                               check that all is well";

/// Runs the program. Exit codes: 0 for success, also for a server that was asked to stop; 1 if the command failed; 2
/// for an invalid command line or setting.
pub fn run() -> ExitCode {
    let Err(failure) = parse_and_run() else { return ExitCode::SUCCESS };
    // `eprintln!` would panic if standard error is closed.
    let _ = writeln!(io::stderr(), "latchkey: {failure}");
    match failure {
        Failure::Failed(_) => ExitCode::FAILURE,
        Failure::Setting(_) | Failure::Environment(_) | Failure::Usage(_) => ExitCode::from(2),
    }
}

fn parse_and_run() -> Result<(), Failure> {
    let matches = without_empty_variables(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut Cli::command()).exit());
    check_environment(&Cli::command(), std::env::vars_os())?;
    match cli.command {
        None => serve::run(cli.options),
        Some(Command::Serve { options }) => serve::run(*options),
        Some(Command::User(command)) => user::run(command),
        Some(Command::Session(command)) => session::run(command),
        Some(Command::Throttle(command)) => throttle::run(command),
        Some(Command::Key(command)) => key::run(command),
        Some(Command::Prune { json, store, retention }) => prune::run(&store, &retention, json),
        Some(Command::Backup { file, files }) => backup::run(&file, &files),
        Some(Command::Restore { file, files }) => restore::run(&file, &files),
        Some(Command::Compact { files }) => compact::run(&files),
        Some(Command::Move { to, files }) => move_database::run(&to, &files),
        Some(Command::Doctor { json, options }) => doctor::run(*options, json),
        Some(Command::Config { json, options }) => {
            config::run(*options, matches.subcommand_matches("config").unwrap_or(&matches), json)
        }
        Some(Command::Completions { shell }) => completions::run(shell, Cli::command()),
    }
}
