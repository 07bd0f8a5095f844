//! Settings and the parsing of the command line.

mod sqlite;

use crate::support::command::{latchkey, run};
use crate::support::start_and_stop;
use serde_json::Value;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;
use tempfile::TempDir;

fn config(command: &mut Command) -> Vec<Value> {
    serde_json::from_str(&run(command.args(["config", "--json"])).done()).unwrap()
}

fn setting(settings: &[Value], name: &str) -> (String, String) {
    let setting = settings.iter().find(|setting| setting["name"] == name).unwrap();
    (setting["value"].as_str().unwrap().to_owned(), setting["source"].as_str().unwrap().to_owned())
}

#[test]
fn config_shows_each_setting_with_value_and_source() {
    let folder = TempDir::new().unwrap();
    let mut command = latchkey(folder.path());
    command.env("LATCHKEY_LOG", "debug").env("LEPTOS_SITE_ADDR", "127.0.0.1:4000");
    let settings = config(&mut command);
    let own = |value: &str, source: &str| (value.to_owned(), source.to_owned());
    assert_eq!(setting(&settings, "LATCHKEY_LOG"), own("debug", "environment"));
    assert_eq!(setting(&settings, "LATCHKEY_ADDR"), own("127.0.0.1:4000", "environment"));
    assert_eq!(setting(&settings, "LATCHKEY_PUBLIC_URL"), own("http://127.0.0.1:4000", "default"));
    assert_eq!(setting(&settings, "LATCHKEY_THROTTLE"), own("on", "default"));
    assert_eq!(setting(&settings, "LATCHKEY_METRICS_ADDR"), own("none", "default"));
    let path = folder.path().join("keyring.json");
    assert_eq!(setting(&settings, "LATCHKEY_KEYRING"), own(path.to_str().unwrap(), "default"));
    assert!(settings.iter().all(|setting| !setting["about"].as_str().unwrap().is_empty()));

    let text = run(latchkey(folder.path()).env("LATCHKEY_LOG", "debug").args(["config", "--log", "warn"])).done();
    let line = text.lines().find(|line| line.starts_with("LATCHKEY_LOG")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["LATCHKEY_LOG", "flag", "warn"]);
}

#[test]
fn secret_in_a_setting_is_hidden() {
    let folder = TempDir::new().unwrap();
    let mut command = latchkey(folder.path());
    command.env("LATCHKEY_DATABASE_URL", "postgres://ada:hunter2hunter2@db/latchkey?password=hunter2hunter2");
    command.env("LATCHKEY_INTROSPECTION_CLIENT", "gateway:hunter2-and-hunter3");
    let settings = config(&mut command);
    assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
    assert_eq!(setting(&settings, "LATCHKEY_INTROSPECTION_CLIENT").0, "gateway:(hidden)");
    assert!(setting(&settings, "LATCHKEY_DATABASE_URL").0.contains("@db/latchkey"), "{settings:?}");
    for help in [&["--help"][..], &["serve", "--help"], &["doctor", "--help"]] {
        let mut command = latchkey(folder.path());
        command
            .env("LATCHKEY_DATABASE_URL", "postgres://ada:hunter2@db")
            .env("LATCHKEY_INTROSPECTION_CLIENT", "hunter2");
        assert!(!run(command.args(help)).done().contains("hunter2"));
    }
}

#[test]
fn config_with_a_bad_setting_shows_all_and_fails() {
    let folder = TempDir::new().unwrap();
    let ended = run(latchkey(folder.path()).args(["config", "--throttle", "perhaps"]));
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stdout.contains("perhaps") && ended.stderr.contains("LATCHKEY_THROTTLE"), "{ended:?}");
}

#[tokio::test]
async fn misspelt_variable_fails_every_command() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    for arguments in [
        &["serve"][..],
        &[],
        &["user", "list"],
        &["session", "list"],
        &["key", "list"],
        &["prune"],
        &["backup", "copy.db"],
        &["restore", "copy.db"],
        &["doctor"],
        &["config"],
        &["completions", "bash"],
    ] {
        let error = run(latchkey(folder.path()).env("LATCHKEY_ACCES_TOKEN_TTL", "10s").args(arguments)).failed(2);
        assert!(
            error.contains("LATCHKEY_ACCES_TOKEN_TTL is not a setting: did you mean LATCHKEY_ACCESS_TOKEN_TTL?"),
            "{error}"
        );
    }
    let odd = OsStr::from_bytes(b"LATCHKEY_\xff\x1b[2J");
    let error = run(latchkey(folder.path()).env(odd, "x").arg("config")).failed(2);
    assert!(error.contains("latchkey --help") && !error.contains('\u{1b}'), "{error}");
}

#[test]
fn quoted_value_is_refused_with_an_explanation() {
    let folder = TempDir::new().unwrap();
    for (value, words) in [("\"off\"", "quotation marks"), ("'off'", "quotation marks"), ("off\r", "line break")] {
        for arguments in [&[][..], &["config"], &["user", "list"]] {
            let error = run(latchkey(folder.path()).env("LATCHKEY_THROTTLE", value).args(arguments)).failed(2);
            assert!(error.contains("LATCHKEY_THROTTLE") && error.contains(words), "{value:?}: {error}");
        }
    }
}

#[test]
fn completions_contain_every_command() {
    let folder = TempDir::new().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(latchkey(folder.path()).args(["completions", shell])).done();
        for word in ["user", "session", "backup", "restore", "doctor", "display-name"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    run(latchkey(folder.path()).args(["completions", "cmd.exe"])).failed(2);
}

#[test]
fn help_of_every_command_has_examples() {
    let folder = TempDir::new().unwrap();
    for command in
        [&[][..], &["user"], &["session"], &["backup"], &["restore"], &["doctor"], &["config"], &["completions"]]
    {
        let help = run(latchkey(folder.path()).args(command).arg("--help")).done();
        assert!(help.contains("Examples:\n  "), "{help}");
    }
}
