//! The command line.

use super::clock::SystemClock;
use super::config::{Options, Settings};
use super::random::SystemRandom;
use super::{startup, telemetry};
use clap::Parser as _;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

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
}

const AFTER_HELP: &str = "\
Every option is also an environment variable, as shown; the option goes before it. Durations carry their unit: 30s, \
5m, 12h, 7d.

Examples:
  latchkey                                      serve http://127.0.0.1:3000, data in ./data
  latchkey serve --demo on                      the same with sample data, to look around
  latchkey serve --access-token-ttl 10s         watch the tokens being refreshed";

/// Runs the program. Exit codes: 0 after an orderly stop, 1 when it could not start or broke off, 2 for a command line
/// or a setting that cannot be used.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let options = match cli.command {
        Some(Command::Serve { options }) => *options,
        None => cli.options,
    };
    let settings = match Settings::new(options) {
        Ok(settings) => settings,
        Err(error) => return refuse(&error, 2),
    };
    telemetry::start(settings.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error, 1),
    };
    let outcome = runtime.block_on(async {
        let app = startup::open(settings, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
        startup::serve(app, asked_to_stop()).await
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error, 1),
    }
}

fn refuse(error: &dyn std::error::Error, code: u8) -> ExitCode {
    // Nobody there to read it is no reason to panic.
    let _ = writeln!(io::stderr(), "latchkey: {error}");
    ExitCode::from(code)
}

/// Completes on Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
