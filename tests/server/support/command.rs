//! The real binary.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The result of a command.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub said: String,
    pub complained: String,
}

/// The binary, with only a data folder in its environment.
pub fn latchkey(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command.env_clear().env("LATCHKEY_DATA_DIR", data).current_dir(data).stdin(Stdio::null());
    command
}

pub fn run(command: &mut Command) -> Ended {
    ended(command.output().unwrap())
}

/// Runs it with this text on its standard input; it need not read all of it.
pub fn run_with(command: &mut Command, input: &[u8]) -> Ended {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that has read enough hangs up.
    let _ = child.stdin.take().unwrap().write_all(input);
    ended(child.wait_with_output().unwrap())
}

fn ended(output: std::process::Output) -> Ended {
    let ended = Ended {
        code: output.status.code().unwrap(),
        said: String::from_utf8(output.stdout).unwrap(),
        complained: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!ended.complained.contains("panicked"), "{ended:?}");
    ended
}

impl Ended {
    /// What it said, having done what it was asked to.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!((self.code, self.complained.as_str()), (0, ""), "{self:?}");
        self.said
    }

    /// What it complained of, having done nothing.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.said.as_str()), (code, ""), "{self:?}");
        self.complained
    }
}
