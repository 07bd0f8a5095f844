//! The real binary.

use super::engine;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// The result of a command.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The binary, with only a data folder and on PostgreSQL its database in its environment.
pub fn latchkey(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command.env_clear().env("LATCHKEY_DATA_DIR", data).current_dir(data).stdin(Stdio::null());
    command.envs(engine::postgres(data).map(|url| ("LATCHKEY_DATABASE_URL", url)));
    command
}

pub fn run(command: &mut Command) -> Ended {
    ended(command.output().unwrap())
}

/// Runs it with this text on its standard input; it need not read all of it.
pub fn run_with(command: &mut Command, input: &[u8]) -> Ended {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that has read enough closes its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    ended(child.wait_with_output().unwrap())
}

fn ended(output: std::process::Output) -> Ended {
    let ended = Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!ended.stderr.contains("panicked"), "{ended:?}");
    ended
}

impl Ended {
    /// The standard output of a command that succeeded.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self.stdout
    }

    /// The standard error of a command that failed with this code and printed nothing else.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{self:?}");
        self.stderr
    }
}
