//! The server binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    latchkey::server::cli::run()
}
