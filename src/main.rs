//! The server's binary: parse the command line, run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    latchkey::server::cli::run()
}
