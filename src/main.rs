//! The `latchkey` binary: the server and its command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    latchkey::server::cli::run()
}
