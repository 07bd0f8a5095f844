//! The real program in a separate process, with a minimal client, for behaviour that only the program has, such as
//! logging.

use super::engine;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A running program.
pub struct Binary {
    child: Child,
    pub folder: TempDir,
    pub address: String,
}

/// A response of the program.
#[derive(Debug)]
pub struct Plain {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// An address without a listener.
pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_latchkey"))
}

impl Binary {
    /// Starts it on an empty folder and waits until it accepts connections.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::launch(program(), settings, None)
    }

    /// The same with a log that is not read: a pipe, whose other end stays open.
    pub fn start_unread(settings: &[(&str, &str)]) -> Self {
        Self::launch(program(), settings, Some(Stdio::piped()))
    }

    /// The same where the system lets it open so many files, connections included, and no more.
    pub fn start_with_open_files(most: usize, settings: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {most} && exec \"$0\"")]).arg(env!("CARGO_BIN_EXE_latchkey"));
        Self::launch(shell, settings, None)
    }

    /// The same where only the program knows the port. The caller waits until the log names it.
    pub fn start_on_a_free_port(settings: &[(&str, &str)]) -> Self {
        Self::spawn(program(), settings, None)
    }

    fn launch(command: Command, settings: &[(&str, &str)], log: Option<Stdio>) -> Self {
        let mut binary = Self::spawn(command, settings, log);
        binary.wait_until("it listens", |binary| TcpStream::connect(&binary.address).is_ok());
        binary
    }

    fn spawn(mut command: Command, settings: &[(&str, &str)], log: Option<Stdio>) -> Self {
        let (folder, address) = (TempDir::new().unwrap(), free_address());
        fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        let file = |name: &str| File::create(folder.path().join(name)).unwrap();
        let data = settings.iter().find(|(name, _)| *name == "LATCHKEY_DATA_DIR").map_or("data", |(_, data)| data);
        command.env_clear().current_dir(folder.path()).stdin(Stdio::null());
        command.envs(engine::postgres(&folder.path().join(data)).map(|url| ("LATCHKEY_DATABASE_URL", url)));
        command.env("LATCHKEY_ADDR", &address).env("LEPTOS_SITE_ROOT", "site").envs(settings.iter().copied());
        let child = command.stdout(file("stdout")).stderr(log.unwrap_or_else(|| file("log").into())).spawn().unwrap();
        Self { child, folder, address }
    }

    /// Asks it to stop, as a supervisor does, and waits until it has.
    pub fn terminate(mut self) -> ExitStatus {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        self.child.wait().unwrap()
    }

    pub fn wait_until(&mut self, what: &str, happened: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !happened(self) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?} before {what}:\n{}", self.log());
            assert!(begun.elapsed() < TIMEOUT, "not in time: {what}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    /// What it has written to standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// What it has written to standard output.
    pub fn stdout(&self) -> String {
        fs::read_to_string(self.folder.path().join("stdout")).unwrap()
    }

    /// Sends these lines as the head of a request.
    pub fn send(&self, head: &[u8], body: &str) -> Plain {
        send(&self.address, head, body)
    }

    pub fn get(&self, path: &str) -> Plain {
        self.send(format!("GET {path} HTTP/1.1\r\n").as_bytes(), "")
    }

    /// Sends JSON, with more lines in the head if there are any.
    pub fn post(&self, path: &str, more: &str, body: Value) -> Plain {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n{more}");
        self.send(head.as_bytes(), &body.to_string())
    }

    pub fn refresh(&self, token: &str) -> Plain {
        self.post("/api/token/refresh", "", json!({ "refreshToken": token }))
    }
}

/// One request, one connection.
pub fn send(address: &str, head: &[u8], body: &str) -> Plain {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(head).unwrap();
    let rest = format!("Host: {address}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    Plain { status, head: head.to_lowercase(), body: body.to_owned() }
}

impl Plain {
    pub fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A text field of the answer.
    pub fn text(&self, field: &str) -> String {
        self.json()[field].as_str().unwrap_or_else(|| panic!("{field}: {self:?}")).to_owned()
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
