//! The real server loads a change by the real command.

use super::contents;
use crate::support::command::{latchkey, run};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

/// Killed at the end of the test, even if it fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for a line that contains `wanted`; the time limit is for a program that never prints it.
fn wait_for(output: impl Read + Send + 'static, wanted: &'static str) {
    let (found, line) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if line.contains(wanted) {
                let _ = found.send(());
            }
        }
    });
    line.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("never said {wanted:?}"));
}

fn public_keys(addr: &str) -> Vec<Value> {
    let mut stream = TcpStream::connect(addr).unwrap();
    write!(stream, "GET /.well-known/jwks.json HTTP/1.0\r\nHost: {addr}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str::<Value>(body).unwrap()["keys"].as_array().unwrap().clone()
}

#[tokio::test]
async fn running_server_loads_a_rotated_keyring() {
    let data = TempDir::new().unwrap();
    fs::create_dir_all(data.path().join("site/pkg")).unwrap();
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut server = latchkey(data.path());
    server.env("LATCHKEY_ADDR", &addr).env("LEPTOS_SITE_ROOT", "site");
    let mut server = Running(server.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    wait_for(server.0.stdout.take().unwrap(), "is ready: open");
    assert_eq!(public_keys(&addr).len(), 1);

    let ended = run(latchkey(data.path()).args(["key", "rotate"]));
    assert_eq!(ended.code, 0, "{ended:?}");
    wait_for(server.0.stderr.take().unwrap(), "keyring reloaded");
    let keys = public_keys(&addr);
    assert_eq!(keys.len(), 2);
    // The key that signs comes first: the new one is only published.
    assert_eq!(keys[1]["kid"], contents(&data.path().join("keyring.json"))["signing"][0]["kid"]);
}
