//! Settings and the parsing of the command line.

use crate::support::command::{latchkey, run};
use crate::support::{settings, start_and_stop};
use latchkey_axum::settings::HttpSettings;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
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
    assert!(error.contains("there is no database"), "{error}");
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
