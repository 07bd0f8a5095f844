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
use tempfile::TempDir;

/// A folder with a keyring, as a first start creates it.
struct Folder(TempDir);

impl Folder {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        start_and_stop(folder.path()).await.unwrap();
        Self(folder)
    }

    fn keyring(&self) -> PathBuf {
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
    fn done(&self, arguments: &[&str]) -> String {
        let ended = self.key(arguments);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{ended:?}");
        ended.stdout
    }

    #[track_caller]
    fn fails(&self, code: i32, arguments: &[&str]) -> String {
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

    fn list(&self) -> Vec<Value> {
        serde_json::from_str(&self.done(&["list", "--json"])).unwrap()
    }

    /// The id of the newest (0) or an older key.
    fn id(&self, kind: &str, n: usize) -> String {
        let keys = self.list().into_iter().filter(|key| key["kind"] == kind);
        keys.map(|key| key["id"].as_str().unwrap().to_owned()).nth(n).unwrap()
    }

    /// Changes the file by hand.
    fn edit(&self, change: impl FnOnce(&mut Value)) {
        let mut file = contents(&self.keyring());
        change(&mut file);
        fs::write(self.keyring(), file.to_string()).unwrap();
    }
}

#[tokio::test]
async fn list_shows_kind_age_and_use_of_each_key() {
    let folder = Folder::new().await;
    folder.done(&["rotate"]);
    let file = contents(&folder.keyring());

    let keys = folder.list();
    let column = |name: &str| keys.iter().map(|key| key[name].as_str().unwrap_or("none")).collect::<Vec<_>>();
    assert_eq!(column("kind"), ["signing_key", "signing_key", "refresh_token_secret", "refresh_token_secret"]);
    assert_eq!(column("state"), ["in_use", "verifies_older_tokens", "in_use", "verifies_older_tokens"]);
    assert_eq!(keys[0]["id"], file["signing"][0]["kid"]);
    assert_eq!(keys[3]["createdAt"], file["hmac"][1]["createdAt"]);
    assert_eq!(keys[3]["replacedAt"], file["hmac"][0]["createdAt"]);

    let table = folder.done(&["list"]);
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 5, "{table}");
    for (line, key) in lines[1..].iter().zip(&keys) {
        let state = if key["state"] == "in_use" { "in use" } else { "verifies older tokens" };
        assert!(line.starts_with(key["id"].as_str().unwrap()) && line.ends_with(state), "{table}");
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
    assert_eq!(after["version"], 1);
    assert_eq!(fs::metadata(folder.keyring()).unwrap().permissions().mode() & 0o777, 0o600);
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
async fn retire_refuses_keys_in_use_or_still_needed() {
    let folder = Folder::new().await;
    folder.done(&["rotate"]);
    for kind in ["signing_key", "refresh_token_secret"] {
        let (newest, older) = (folder.id(kind, 0), folder.id(kind, 1));
        for now in [&[][..], &["--now"]] {
            let error = folder.fails(1, &[&["retire", &newest][..], now].concat());
            assert!(error.contains("newest") && error.contains("key rotate"), "{error}");
        }
        let error = folder.fails(1, &["retire", &older]);
        assert!(error.contains("may still be needed") && error.contains("--now"), "{error}");
        assert_eq!(
            error.contains("ends the sessions that have not been refreshed since"),
            kind == "refresh_token_secret"
        );

        let said = folder.done(&["retire", &older, "--now"]);
        assert!(said.contains(&older) && !said.contains(&newest), "{said}");
        let error = folder.fails(1, &["retire", &older]);
        assert!(error.contains("no key") && error.contains("key list"), "{error}");
    }
    assert_eq!(folder.list().len(), 2);
}

#[tokio::test]
async fn retire_removes_unneeded_keys_and_names_them() {
    let folder = Folder::new().await;
    folder.done(&["rotate"]);
    folder.done(&["rotate"]);
    let file = contents(&folder.keyring());
    let kept = folder.done(&["retire"]);
    assert!(kept.starts_with("Nothing to retire.") && kept.matches("Kept: ").count() == 4, "{kept}");
    assert_eq!(contents(&folder.keyring()), file);

    // The oldest of each kind was replaced long ago.
    folder.edit(|file| {
        for kind in ["hmac", "signing"] {
            file[kind][1]["createdAt"] = "2020-01-01T00:00:00Z".into();
            file[kind][2]["createdAt"] = "2019-01-01T00:00:00Z".into();
        }
    });
    let (signing, secret) = (folder.id("signing_key", 2), folder.id("refresh_token_secret", 2));
    let said = folder.done(&["retire"]);
    let (removed, kept) = said.split_once("Kept: ").unwrap();
    assert!(removed.contains(&signing) && removed.contains(&secret), "{said}");
    assert!(!kept.contains(&signing) && !kept.contains(&secret), "{said}");
    assert_eq!(folder.list().len(), 4);
}

#[tokio::test]
async fn retire_uses_the_lifetimes_in_the_settings() {
    let folder = Folder::new().await;
    folder.done(&["rotate"]);
    let a_year_ago = Timestamp::from_millis(SystemClock.now().millis() - 365 * 24 * 60 * 60 * 1000);
    folder.edit(|file| {
        for kind in ["hmac", "signing"] {
            file[kind][0]["createdAt"] = a_year_ago.to_string().into();
            file[kind][1]["createdAt"] = "2019-01-01T00:00:00Z".into();
        }
    });
    // The lifetime of sessions does not affect signing keys, nor that of access tokens the secrets.
    let ten_years = ["--session-idle-ttl", "3650d", "--session-absolute-ttl", "3650d"];
    folder.fails(1, &[&["retire", &folder.id("refresh_token_secret", 1)][..], &ten_years].concat());
    folder.fails(1, &["retire", &folder.id("signing_key", 1), "--access-token-ttl", "3650d"]);
    folder.done(&[&["retire", &folder.id("signing_key", 1)][..], &ten_years].concat());
    folder.done(&["retire", &folder.id("refresh_token_secret", 1), "--access-token-ttl", "3650d"]);
}

#[tokio::test]
async fn retire_accepts_an_id_that_begins_with_a_hyphen() {
    let folder = Folder::new().await;
    for id in ["-help-me", "-Version", "-_x", "--now-then"] {
        folder.done(&["rotate"]);
        folder.edit(|file| file["signing"][1]["kid"] = id.into());
        assert!(folder.done(&["retire", "--now", "--", id]).contains(id));
    }
    folder.done(&["rotate"]);
    folder.edit(|file| file["signing"][1]["kid"] = "-_x".into());
    assert!(folder.done(&["retire", "-_x", "--now"]).contains("-_x"));
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
        assert!(ended.stderr.contains("`key rotate`"), "{ended:?}");
        assert_eq!(fs::metadata(folder.keyring()).unwrap().permissions().mode() & 0o777, 0o600, "{command}");
    }
}

#[tokio::test]
async fn key_commands_ignore_settings_of_the_server() {
    let folder = Folder::new().await;
    let ended = run(latchkey(folder.0.path()).env("LATCHKEY_ADDR", "garbage").args(["key", "rotate"]));
    assert_eq!(ended.code, 0, "{ended:?}");
}
