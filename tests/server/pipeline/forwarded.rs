//! `X-Forwarded-For` in the formats of real proxies. The tests in `client_address.rs` cover which entry counts.

use crate::support::Server;
use crate::support::binary::Binary;
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

fn client_of(binary: &mut Binary, header: &[u8], path: &str) -> String {
    let head = [format!("GET {path} HTTP/1.1\r\nX-Forwarded-For: ").as_bytes(), header, b"\r\n"].concat();
    let answer = binary.send(&head, "");
    let id = answer.header("x-request-id").to_owned();
    let line = |log: String| {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>();
        lines.into_iter().find(|line| {
            line["method"].is_string() && line["request"]["id"].as_str().is_some_and(|own| own.to_lowercase() == id)
        })
    };
    binary.wait_until("the line is written", |binary| line(binary.log()).is_some());
    line(binary.log()).unwrap()["client"].as_str().unwrap().to_owned()
}

#[test]
fn forwarded_address_with_port_or_brackets_is_the_client() {
    let mut binary = Binary::start(&[("LATCHKEY_TRUSTED_PROXIES", "127.0.0.1")]);
    for (header, client) in [
        (&b"203.0.113.7:51234"[..], "203.0.113.7"),
        (b"[2001:db8::7]:443", "2001:db8::7"),
        (b"[2001:db8::7]", "2001:db8::7"),
        (b"\xff\xfe caf\xe9, 203.0.113.8", "203.0.113.8"),
    ] {
        assert_eq!(client_of(&mut binary, header, "/login"), client);
    }
    assert!(!binary.log().contains("throttled together"), "{}", binary.log());
    for unreadable in [&b"unknown"[..], b"203.0.113.7, \xff", b"203.0.113.7,"] {
        assert_eq!(client_of(&mut binary, unreadable, "/login"), "127.0.0.1");
    }
    binary.wait_until("the log says so", |binary| binary.log().contains("throttled together"));
    assert_eq!(binary.log().matches("throttled together").count(), 1, "once a minute: {}", binary.log());
}

#[tokio::test]
async fn unreadable_forwarding_is_reported_by_doctor() {
    let server = Server::today(&["--trusted-proxies", "10.0.0.0/8"]).await;
    fs::set_permissions(server.data.path(), Permissions::from_mode(0o700)).unwrap();
    server.register("ada").await;
    let warned = |server: &Server| {
        let said = server.command(&["doctor", "--json", "--trusted-proxies", "10.0.0.0/8"]).done();
        let checks: Vec<Value> = serde_json::from_str(&said).unwrap();
        checks.iter().any(|check| check["check"] == "clients" && check["verdict"] == json!("warning"))
    };
    server.log_in_from("ada", "203.0.113.7", "x").await;
    assert!(!warned(&server));
    for _ in 0..2 {
        server.log_in_from("ada", "10.0.0.1", "x").await;
    }
    assert!(!warned(&server), "2 of 4 live sessions");
    server.log_in_from("ada", "10.0.0.1", "x").await;
    assert!(warned(&server));
}
