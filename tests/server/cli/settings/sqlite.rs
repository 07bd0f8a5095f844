//! By default, the database is a file in the data folder.

use super::{config, setting};
use crate::support::command::{latchkey, run};
use crate::support::{settings, start_and_stop};
use latchkey_axum::settings::HttpSettings;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use tempfile::TempDir;

#[test]
fn empty_variable_counts_as_not_set() {
    let folder = TempDir::new().unwrap();
    let defaults = config(latchkey(folder.path()).env_remove("LATCHKEY_DATA_DIR"));
    let mut command = latchkey(folder.path());
    for setting in &defaults {
        command.env(setting["name"].as_str().unwrap(), "");
    }
    command.env("LEPTOS_SITE_ADDR", "").env("LEPTOS_SITE_ROOT", "");
    assert_eq!(config(&mut command), defaults);
    assert!(defaults.iter().all(|setting| setting["source"] == "default"));
    // A flag counts beside it, and other commands see it in the same way.
    let mut command = latchkey(folder.path());
    command.env("LATCHKEY_RETRY_WINDOW", "").args(["config", "--retry-window=9s", "--json"]);
    let settings: Vec<Value> = serde_json::from_str(&run(&mut command).done()).unwrap();
    assert_eq!(setting(&settings, "LATCHKEY_RETRY_WINDOW"), ("9s".to_owned(), "flag".to_owned()));
    let error = run(latchkey(folder.path()).env("LATCHKEY_DATABASE_URL", "").args(["user", "list"])).failed(1);
    assert!(error.contains("does not exist"), "{error}");
}

#[test]
fn path_with_shell_syntax_is_refused_by_every_command() {
    let folder = TempDir::new().unwrap();
    for (name, value) in [
        ("LATCHKEY_DATA_DIR", "~/lk"),
        ("LATCHKEY_DATA_DIR", "~"),
        ("LATCHKEY_DATA_DIR", "~ada/lk"),
        ("LATCHKEY_DATA_DIR", "$HOME/lk"),
        ("LATCHKEY_DATA_DIR", "${HOME}/lk"),
        ("LATCHKEY_KEYRING", "~/keyring.json"),
        ("LATCHKEY_KEYRING", "$PWD/keyring.json"),
        ("LATCHKEY_DATABASE_URL", "sqlite:~/lk.db"),
        ("LATCHKEY_DATABASE_URL", "sqlite://~/lk.db"),
        ("LATCHKEY_DATABASE_URL", "sqlite:///~/lk.db?mode=rwc"),
        ("LATCHKEY_DATABASE_URL", "sqlite://$HOME/lk.db"),
        ("LEPTOS_SITE_ROOT", "~/site"),
    ] {
        let error = run(latchkey(folder.path()).env(name, value)).failed(2);
        assert!(error.contains(name) && error.contains("only a shell") && error.contains("whole path"), "{error}");
        for arguments in [&["key", "list"][..], &["user", "list"], &["restore", "x"], &["compact"], &["prune"]] {
            let uses_it = match name {
                "LATCHKEY_DATA_DIR" => true,
                "LATCHKEY_DATABASE_URL" => arguments != ["key", "list"],
                _ => arguments == ["key", "list"] && name == "LATCHKEY_KEYRING",
            };
            let ended = run(latchkey(folder.path()).env(name, value).args(arguments));
            assert!(!uses_it || ended.code == 2, "{name}={value} {arguments:?}: {ended:?}");
        }
        let checks = run(latchkey(folder.path()).env(name, value).arg("doctor"));
        assert!(checks.code == 1 && checks.stdout.contains("only a shell"), "{checks:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{name}={value} makes no folder");
    }
    // Unusual but valid paths.
    for data in ["./~", "a~b", "./$HOME", "$"] {
        let settings = config(latchkey(folder.path()).env("LATCHKEY_DATA_DIR", data));
        assert_eq!(setting(&settings, "LATCHKEY_DATA_DIR").0, data);
    }
}

#[tokio::test]
async fn commands_with_odd_input_do_not_panic() {
    let folder = TempDir::new().unwrap();
    start_and_stop(folder.path()).await.unwrap();
    let odd = OsStr::from_bytes(b"a\xff\xfe");
    for arguments in [&["user", "add"][..], &["session", "revoke"], &["config", "--log"], &["completions"]] {
        let ended = run(latchkey(folder.path()).args(arguments).arg(odd));
        assert_eq!(ended.code, 2, "{ended:?}");
    }
    assert_eq!(run(latchkey(folder.path()).env("LATCHKEY_LOG", odd).arg("config")).code, 2);
    // A path may be anything; a copy must have a name that SQLite can be told.
    let error = run(latchkey(folder.path()).arg("backup").arg(odd));
    assert!(error.code == 1 && error.stderr.contains("UTF-8"), "{error:?}");
    assert_eq!(run(latchkey(folder.path()).arg("restore").arg(odd)).code, 1);

    for arguments in
        [&["user", "list"][..], &["key", "list"], &["config"], &["doctor"], &["completions", "bash"], &["--help"]]
    {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let status = latchkey(folder.path()).args(arguments).stdout(full).stderr(std::process::Stdio::null()).status();
        assert_ne!(status.unwrap().code(), Some(101), "{arguments:?}");
    }
}

#[test]
fn defaults_of_the_command_line_are_those_of_the_crates() {
    let parsed = settings(Path::new("data"), &[]).unwrap().server;
    let of_crates = latchkey_axum::settings::Settings::default();
    let HttpSettings { brand, account_page, documentation_page, .. } = parsed.http.clone();
    let http = HttpSettings { brand, account_page, documentation_page, ..of_crates.http.clone() };
    let of_crates = latchkey_axum::settings::Settings { http, user_fields: parsed.user_fields, ..of_crates };
    assert_eq!(format!("{parsed:#?}"), format!("{of_crates:#?}"));
}
