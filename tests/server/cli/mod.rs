//! The command line of the real binary: effects, output and exit codes. `keyring/command.rs` tests `latchkey key`.

mod backup;
mod compact;
mod doctor;
mod move_database;
mod restore;
mod session;
mod settings;
mod throttle;
mod user;
mod version;

use crate::support::{Server, Tokens};
use serde_json::Value;

/// The kinds, and reasons if any, in a user's security log, newest first.
async fn log(server: &Server, tokens: &Tokens) -> Vec<String> {
    let answer = server.get_as(&tokens.access, "/api/account/events").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let events = answer.json()["events"].as_array().unwrap().clone();
    let line = |event: &Value| match event["reason"].as_str() {
        Some(reason) => format!("{}: {reason}", event["kind"].as_str().unwrap()),
        None => event["kind"].as_str().unwrap().to_owned(),
    };
    events.iter().map(line).collect()
}
