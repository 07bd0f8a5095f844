//! `latchkey user …`.

use super::log;
use crate::support::command::{Ended, latchkey, run_with};
use crate::support::{PASSWORD, Server};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

const OTHER: &str = "gravel trombone eleven otters";

fn with_password(server: &Server, arguments: &[&str], password: &[u8]) -> Ended {
    run_with(latchkey(server.data.path()).arg("user").args(arguments), password)
}

fn list(server: &Server) -> Vec<Value> {
    serde_json::from_str(&server.command(&["user", "list", "--json"]).done()).unwrap()
}

#[test]
fn unwritable_output_exits_with_1() {
    let folder = TempDir::new().unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = latchkey(folder.path()).arg("config").stdout(full).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("standard output cannot be written"), "{complaint}");
}

#[tokio::test]
async fn account_added_beside_the_server_can_log_in() {
    let server = Server::today(&["--registration", "closed"]).await;
    let arguments = ["add", "Ada", "--display-name", "Ada Lovelace", "--roles", "Manager,auditor"];
    let said = with_password(&server, &arguments, format!("{PASSWORD}\n").as_bytes()).done();
    assert_eq!(said, "Added Ada with the roles Manager, auditor.\n");

    // The command went by the machine's clock, which has gone on meanwhile.
    server.clock.advance(Duration::from_secs(60));
    let tokens = server.log_in("ada").await;
    assert_eq!(tokens.all["user"]["displayName"], "Ada Lovelace");
    assert_eq!(tokens.all["user"]["roles"], json!(["Manager", "auditor"]));
    assert_eq!(server.get_as(&tokens.access, "/api/customers").await.status, 200);
    assert_eq!(log(&server, &tokens).await, ["signed_in", "account_created"]);
}

#[tokio::test]
async fn user_add_without_roles_uses_the_default_roles() {
    let server = Server::today(&[]).await;
    let add = |name: &str, arguments: &[&str]| {
        let mut command = latchkey(server.data.path());
        command.env("LATCHKEY_DEFAULT_ROLES", "reader").args(["user", "add", name]).args(arguments);
        run_with(&mut command, PASSWORD.as_bytes()).done()
    };
    assert_eq!(add("ada", &[]), "Added ada with the role reader.\n");
    assert_eq!(add("eve", &["--roles", ""]), "Added eve with no role.\n");
    assert_eq!(server.log_in("ada").await.all["user"]["roles"], json!(["reader"]));
    assert_eq!(server.log_in("eve").await.all["user"]["roles"], json!([]));
}

#[tokio::test]
async fn user_add_applies_the_rules_of_registration() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    let long = "x".repeat(1_000_000);
    for (name, password, complaint) in [
        ("grace", &b"password"[..], "password: Many people use this password"),
        ("grace", b"grace1234", "password: Your name"),
        ("grace", b"login.example.org", "password: Your name and the name of this site"),
        ("grace", b"short", "password: Use at least 8 characters."),
        ("grace", b"correct horse\0battery staple", "password: Use letters"),
        ("grace", b"", "no password came"),
        ("grace", b"\n", "no password came"),
        ("grace", b"\xff\xfe\xfd", "UTF-8"),
        ("grace", long.as_bytes(), "longer than any that would be taken"),
        ("gr ace", PASSWORD.as_bytes(), "username: Use letters"),
        ("", PASSWORD.as_bytes(), "username: Choose a username."),
        ("\u{ff21}DA", PASSWORD.as_bytes(), "there is an account of that name already"),
    ] {
        let arguments = ["add", name, "--public-url", "https://login.example.org"];
        let error = with_password(&server, &arguments, password).failed(1);
        assert!(error.contains(complaint), "{name} {error}");
    }
    let error = with_password(&server, &["add", "grace", "--display-name", "\u{202e}"], b"password").failed(1);
    assert!(error.contains("display name: ") && error.contains("password: "), "{error}");
    assert_eq!(list(&server).len(), 1);
}

#[tokio::test]
async fn password_is_read_from_input_and_never_printed() {
    let server = Server::today(&[]).await;
    with_password(&server, &["add", "ada", PASSWORD], b"").failed(2);
    let ended = with_password(&server, &["add", "ada"], PASSWORD.as_bytes());
    assert!(!ended.stdout.contains(PASSWORD) && ended.code == 0, "{ended:?}");
    let listed = server.command(&["user", "list", "--json"]).done();
    assert!(!listed.contains("argon2") && !listed.contains("assword_hash"), "{listed}");
}

#[tokio::test]
async fn user_list_shows_roles_state_and_sessions() {
    let server = Server::today(&["--default-roles", "Manager"]).await;
    for name in ["Zoe", "ada"] {
        server.register(name).await;
    }
    server.log_in("ada").await;
    server.command(&["user", "disable", "zoe"]).done();

    let users = list(&server);
    let column = |name: &str| users.iter().map(|user| user[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("username"), ["ada", "Zoe"]);
    assert_eq!(column("sessions"), [2, 0]);
    assert_eq!(column("roles"), [json!(["Manager"]), json!(["Manager"])]);
    assert!(users[0]["disabledAt"].is_null() && users[1]["disabledAt"].is_string());
    assert!(users[0]["createdAt"].is_string() && users[0]["passwordChangedAt"].is_string());

    let table = server.command(&["user", "list"]).done();
    let lines: Vec<_> = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(lines[1][..4], ["ada", "Manager", "enabled", "2"], "{table}");
    assert_eq!(lines[2][..4], ["Zoe", "Manager", "disabled", "0"], "{table}");
}

#[tokio::test]
async fn disable_ends_sessions_and_enable_revives_none() {
    let server = Server::today(&[]).await;
    let (ada, eve) = (server.register("ada").await, server.register("eve").await);
    let said = server.command(&["user", "disable", "ADA"]).done();
    assert!(said.contains("Disabled ada") && said.contains("1 session ended"), "{said}");

    let problem = server.get_as(&ada.access, "/api/me").await.problem(401, "invalid_token");
    assert_eq!(problem["reason"], "session_ended");
    server.refresh(&ada.refresh).await.refused("revoked_by_admin");
    let body = json!({ "username": "ada", "password": PASSWORD });
    server.post("/api/auth/login", body).await.problem(401, "invalid_credentials");
    assert_eq!(server.get_as(&eve.access, "/api/me").await.status, 200);
    assert_eq!(server.command(&["user", "disable", "ada"]).done(), "ada was disabled before.\n");

    server.clock.advance(Duration::from_secs(1));
    assert!(server.command(&["user", "enable", "ada"]).done().contains("can sign in again"));
    let again = server.command(&["user", "enable", "ada"]).done();
    assert_eq!(again, "ada was not disabled. Its failed sign-ins are forgotten.\n");
    server.refresh(&ada.refresh).await.refused("revoked_by_admin");
    let again = server.log_in("ada").await;
    let lines = log(&server, &again).await;
    for line in ["enabled_by_admin", "disabled_by_admin", "session_revoked: revoked_by_admin"] {
        assert_eq!(lines.iter().filter(|logged| *logged == line).count(), 1, "{lines:?}");
    }
}

#[tokio::test]
async fn changed_roles_apply_from_the_next_request() {
    let server = Server::today(&["--default-roles", "Manager"]).await;
    let ada = server.register("ada").await;
    assert_eq!(server.command(&["user", "roles", "ada"]).done(), "ada has the role Manager.\n");
    for (roles, status) in [("auditor", 403), ("auditor,Manager", 200), ("", 403)] {
        let said = server.command(&["user", "roles", "ada", "--set", roles]).done();
        assert!(said.starts_with("ada has "), "{said}");
        assert_eq!(server.get_as(&ada.access, "/api/customers").await.status, status, "{roles}");
    }
    assert_eq!(log(&server, &ada).await[..3], ["roles_set_by_admin"; 3]);
    for more in [&["--set", "b,a"][..], &[]] {
        let said = server.command(&[&["user", "roles", "ada", "--json"], more].concat()).done();
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said, json!({ "username": "ada", "roles": ["b", "a"] }), "{more:?}");
    }
    let error = server.command(&["user", "roles", "ada", "--set", "Man ager"]).failed(2);
    assert!(error.contains("is not a role"), "{error}");
}

#[tokio::test]
async fn user_password_command_ends_every_session() {
    let server = Server::today(&[]).await;
    let (one, other) = (server.register("ada").await, server.log_in("ada").await);
    let error = with_password(&server, &["password", "ada"], b"password").failed(1);
    assert!(error.contains("Many people use this password"), "{error}");
    assert_eq!(server.get_as(&one.access, "/api/me").await.status, 200);

    let said = with_password(&server, &["password", "ada"], OTHER.as_bytes()).done();
    assert_eq!(said, "Changed the password of ada; 2 sessions ended.\n");
    for tokens in [one, other] {
        server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
        server.refresh(&tokens.refresh).await.refused("password_changed");
    }
    let body = |password| json!({ "username": "ada", "password": password });
    server.post("/api/auth/login", body(PASSWORD)).await.problem(401, "invalid_credentials");
    let answer = server.post("/api/auth/login", body(OTHER)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(log(&server, &answer.tokens()).await.contains(&"password_set_by_admin".to_owned()));
}

#[tokio::test]
async fn command_for_an_unknown_account_fails() {
    let server = Server::today(&[]).await;
    for command in ["disable", "enable", "roles", "password"] {
        for name in ["unknown", "\u{1b}[2J", ""] {
            let error = with_password(&server, &[command, name], PASSWORD.as_bytes()).failed(1);
            assert!(error.contains("there is no account") && error.contains("latchkey user list"), "{error}");
            assert!(!error.contains('\u{1b}'), "{error}");
        }
    }
}

#[tokio::test]
async fn registration_while_closed_is_refused() {
    let server = Server::with(&["--registration", "closed"]).await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    server.post("/api/auth/register", body).await.problem(403, "registration_closed");
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "0");
    for page in ["/", "/login", "/register", "/not-there"] {
        assert!(server.get(page).await.text.contains("<html lang=\"en\" data-registration=\"closed\">"), "{page}");
    }
    let open = Server::start().await;
    assert!(!open.get("/register").await.text.contains("data-registration"));
}

/// From earlier versions there may be names that begin with a hyphen.
#[tokio::test]
async fn username_like_an_option_can_be_administered() {
    let server = Server::today(&[]).await;
    server.register("ada").await;
    server.tamper("UPDATE users SET username = '-x', username_key = '-x'").await;
    assert_eq!(server.command(&["user", "roles", "-x", "--set", "auditor"]).done().split(' ').next(), Some("-x"));
    assert!(server.command(&["user", "disable", "-x"]).done().contains("Disabled -x"));
    assert!(server.command(&["user", "enable", "-x"]).done().contains("Enabled -x"));
    with_password(&server, &["password", "-x"], OTHER.as_bytes()).done();
    server.command(&["session", "list", "--user", "-x"]).done();
    server.command(&["session", "revoke", "--user", "-x"]).done();
    for arguments in [&["user", "roles", "--all"][..], &["user", "roles", "--", "--json"], &["user", "roles", "-1"]] {
        assert!(server.command(arguments).failed(1).contains("there is no account"), "{arguments:?}");
    }
    let error = with_password(&server, &["add", "-y"], PASSWORD.as_bytes()).failed(1);
    assert!(error.contains("username: Begin with something other than a hyphen."), "{error}");
}
