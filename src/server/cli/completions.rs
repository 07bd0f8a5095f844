//! `latchkey completions SHELL`: the completion script for a shell.

use super::failure::Failure;
use super::work::print;
use clap_complete::Shell;

pub const AFTER_HELP: &str = "\
Examples:
  latchkey completions bash > ~/.local/share/bash-completion/completions/latchkey
  latchkey completions zsh > ~/.zfunc/_latchkey          (with ~/.zfunc in fpath)
  latchkey completions fish > ~/.config/fish/completions/latchkey.fish";

/// Prints the script.
pub fn run(shell: Shell, mut command: clap::Command) -> Result<(), Failure> {
    // The script is written into memory first, because `generate` panics if it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "latchkey", &mut script);
    print(&String::from_utf8_lossy(&script))
}
