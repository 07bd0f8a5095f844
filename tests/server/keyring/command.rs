//! `latchkey key …` of the real binary: effects, output and exit codes.

use super::contents;
use crate::support::command::{Ended, latchkey, run};
use crate::support::{Server, start_and_stop};
use latchkey_core::clock::{Clock as _, SystemClock, Timestamp};
use latchkey_core::sessions::keyring::live::KeyringChange;
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;

/// A folder with a keyring, as a first start creates it.
pub struct Folder(TempDir);

impl Folder {
    pub async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        start_and_stop(folder.path()).await.unwrap();
        Self(folder)
    }

    pub fn keyring(&self) -> PathBuf {
        self.0.path().join("keyring.json")
    }

    /// Runs `latchkey key …` and asserts that its output contains no secret.
    fn key(&self, arguments: &[&str]) -> Ended {
        let mut secrets = self.secrets();
        let ended = run(latchkey(self.0.path()).arg("key").args(arguments));
        secrets.extend(self.secrets());
        for secret in secrets {
            for text in [&ended.stdout, &ended.stderr] {
                assert!(!text.contains(&secret[secret.len() / 2..]) && !text.contains(&secret[..20]), "{text}");
            }
        }
        ended
    }

    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        let ended = self.key(arguments);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
        ended.stdout
    }

    #[track_caller]
    pub fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let before = fs::read(self.keyring()).unwrap();
        let ended = self.key(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{ended:?}");
        assert_eq!(fs::read(self.keyring()).unwrap(), before, "the file is left as it was");
        ended.stderr
    }

    fn secrets(&self) -> Vec<String> {
        let file = contents(&self.keyring());
        let of = |kind: &str, field: &str| -> Vec<String> {
            let entries = file[kind].as_array().unwrap().iter();
            entries.map(|entry| entry[field].as_str().unwrap().to_owned()).collect()
        };
        [of("hmac", "secret"), of("signing", "pkcs8")].concat()
    }

    pub fn list(&self) -> Vec<Value> {
        serde_json::from_str(&self.done(&["list", "--json"])).unwrap()
    }

    /// The id of the newest (0) or an older key.
    pub fn id(&self, kind: &str, n: usize) -> String {
        let keys = self.list().into_iter().filter(|key| key["kind"] == kind);
        keys.map(|key| key["id"].as_str().unwrap().to_owned()).nth(n).unwrap()
    }

    /// Changes the file by hand.
    pub fn edit(&self, change: impl FnOnce(&mut Value)) {
        let mut file = contents(&self.keyring());
        change(&mut file);
        fs::write(self.keyring(), file.to_string()).unwrap();
    }
}

#[tokio::test]
async fn list_shows_kind_age_and_state_of_each_key() {
    let folder = Folder::new().await;
    folder.done(&["rotate", "--now"]);
    folder.done(&["rotate"]);
    let file = contents(&folder.keyring());

    let keys = folder.list();
    let column = |name: &str| keys.iter().map(|key| key[name].as_str().unwrap_or("none")).collect::<Vec<_>>();
    assert_eq!(column("kind"), [["signing_key"; 3], ["refresh_token_secret"; 3]].concat());
    assert_eq!(column("state"), [["published", "in_use", "verifies_older_tokens"]; 2].concat());
    assert_eq!(keys[0]["id"], file["signing"][0]["kid"]);
    assert_eq!(column("signsFrom"), [[file["hmac"][0]["signsFrom"].as_str().unwrap(), "none", "none"]; 2].concat());
    assert_eq!(keys[5]["createdAt"], file["hmac"][2]["createdAt"]);
    assert_eq!(keys[5]["replacedAt"], file["hmac"][1]["createdAt"]);

    let table = folder.done(&["list"]);
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 7, "{table}");
    for (line, key) in lines[1..].iter().zip(&keys) {
        let state = match key["state"].as_str().unwrap() {
            "published" => format!("  signs from {}", key["signsFrom"].as_str().unwrap()),
            "in_use" => "in use".to_owned(),
            _ => "verifies older tokens".to_owned(),
        };
        assert!(line.starts_with(key["id"].as_str().unwrap()) && line.ends_with(&state), "{table}");
        assert!(line.contains(key["createdAt"].as_str().unwrap()), "{table}");
    }
}

#[tokio::test]
async fn rotate_adds_a_key_of_each_kind_and_prints_next_steps() {
    let folder = Folder::new().await;
    let before = contents(&folder.keyring());
    let said = folder.done(&["rotate"]);
    assert!(said.contains(&folder.id("signing_key", 0)) && said.contains(&folder.id("refresh_token_secret", 0)));
    for next in ["two seconds", "back the file up", "latchkey key retire"] {
        assert!(said.contains(next), "{said}");
    }
    let after = contents(&folder.keyring());
    for kind in ["hmac", "signing"] {
        assert_eq!(after[kind].as_array().unwrap()[1..], before[kind].as_array().unwrap()[..]);
    }
    assert_eq!(fs::metadata(folder.keyring()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn rotate_says_when_the_new_keys_sign() {
    let folder = Folder::new().await;
    let before = SystemClock.now();
    let said = folder.done(&["rotate"]);
    let file = contents(&folder.keyring());
    for kind in ["hmac", "signing"] {
        let time = |field: &str| Timestamp::parse(file[kind][0][field].as_str().unwrap()).unwrap();
        assert!(time("createdAt") >= before && time("createdAt") <= SystemClock.now());
        assert_eq!(time("signsFrom").since(time("createdAt")), Duration::from_secs(61));
        assert!(said.contains(&format!("From {} on, new tokens", time("signsFrom"))), "{said}");
        assert_eq!(file[kind][1].get("signsFrom"), None);
    }
    assert!(said.contains("key rotate --now"), "{said}");
    assert_eq!(file["version"], 2);
    let doctor = run(latchkey(folder.0.path()).arg("doctor"));
    let signs_from = file["hmac"][0]["signsFrom"].as_str().unwrap();
    assert!(doctor.stdout.contains(&format!("which signs from {signs_from}")), "{doctor:?}");
}

#[tokio::test]
async fn rotate_now_writes_keys_that_sign_at_once() {
    let folder = Folder::new().await;
    let said = folder.done(&["rotate", "--now"]);
    assert!(said.contains(". New tokens are made with:") && !said.contains("From "), "{said}");
    assert!(said.contains("key retire ID --now"), "{said}");
    let file = contents(&folder.keyring());
    assert_eq!(file["version"], 1, "earlier versions of the program can read it");
    assert!(!file.to_string().contains("signsFrom"));
    let doctor = run(latchkey(folder.0.path()).arg("doctor"));
    assert!(doctor.stdout.contains("4 keys") && !doctor.stdout.contains("signs from"), "{doctor:?}");
}

#[tokio::test]
async fn rotate_works_while_a_server_holds_the_folder() {
    let server = Server::start().await;
    let before = server.register("ada").await;
    let ended = run(latchkey(server.data.path()).args(["key", "rotate"]));
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(server.app.server.sessions.live_keyring().check().unwrap(), KeyringChange::Reloaded);
    assert_eq!(server.get_as(&before.access, "/api/me").await.status, 200);
    server.rotate(&before.refresh).await;
}

#[tokio::test]
async fn parallel_rotate_commands_keep_all_keys() {
    let folder = Folder::new().await;
    let started: Vec<_> = (0..4)
        .map(|_| latchkey(folder.0.path()).args(["key", "rotate"]).stdout(Stdio::null()).spawn().unwrap())
        .collect();
    for mut command in started {
        assert!(command.wait().unwrap().success());
    }
    assert_eq!(folder.list().len(), 10);
}

#[tokio::test]
async fn key_command_used_wrongly_exits_with_2() {
    let folder = Folder::new().await;
    let mistakes = [
        (&["retire", "--now"][..], "<ID>"),
        (&["frobnicate"], "frobnicate"),
        (&["rotate", "--addr", "127.0.0.1:1"], "--addr"),
        (&["retire", "--access-token-ttl", "5"], "LATCHKEY_ACCESS_TOKEN_TTL"),
        (&["retire", "--session-idle-ttl", "soon"], "LATCHKEY_SESSION_IDLE_TTL"),
    ];
    for (arguments, mistake) in mistakes {
        let error = folder.fails(2, arguments);
        assert!(error.contains(mistake), "{error}");
    }
    assert!(folder.fails(2, &[]).contains("Usage:"));
}

#[tokio::test]
async fn failed_key_command_exits_with_1_and_names_file_and_remedy() {
    let folder = Folder::new().await;
    let elsewhere = folder.0.path().join("elsewhere.json");
    fs::write(&elsewhere, "{}").unwrap();
    fs::set_permissions(&elsewhere, Permissions::from_mode(0o600)).unwrap();
    let missing = folder.0.path().join("missing.json");
    for (path, remedy) in [(&missing, "LATCHKEY_KEYRING"), (&elsewhere, "backup")] {
        for command in ["list", "rotate", "retire"] {
            // By the environment, as a service's unit has it.
            let ended = run(latchkey(folder.0.path()).env("LATCHKEY_KEYRING", path).args(["key", command]));
            assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{ended:?}");
            let name = path.to_str().unwrap();
            assert!(ended.stderr.contains(name) && ended.stderr.contains(remedy), "{ended:?}");
        }
    }
    assert!(!missing.exists());
}

#[tokio::test]
async fn exposed_keyring_is_tightened_with_a_warning() {
    let folder = Folder::new().await;
    for command in ["list", "rotate", "retire"] {
        fs::set_permissions(folder.keyring(), Permissions::from_mode(0o664)).unwrap();
        let ended = run(latchkey(folder.0.path()).args(["key", command]));
        assert!(ended.code == 0 && ended.stderr.contains("mode 664"), "{ended:?}");
        assert!(ended.stderr.contains("`key rotate --now`"), "{ended:?}");
        assert_eq!(fs::metadata(folder.keyring()).unwrap().permissions().mode() & 0o777, 0o600, "{command}");
    }
}

#[tokio::test]
async fn key_commands_ignore_settings_of_the_server() {
    let folder = Folder::new().await;
    let ended = run(latchkey(folder.0.path()).env("LATCHKEY_ADDR", "garbage").args(["key", "rotate"]));
    assert_eq!(ended.code, 0, "{ended:?}");
}
