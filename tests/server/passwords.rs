//! Which passwords may be chosen, and that each is normalised in the same way everywhere.

use crate::support::{Answer, PASSWORD, Server};
use serde_json::json;

async fn register(server: &Server, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password, "displayName": "Ada Lovelace" });
    server.post("/api/auth/register", body).await
}

async fn log_in(server: &Server, username: &str, password: &str) -> u16 {
    server.post("/api/auth/login", json!({ "username": username, "password": password })).await.status
}

/// The error messages of the password field.
#[track_caller]
fn advice(answer: &Answer) -> String {
    let problem = answer.problem(422, "validation_failed");
    let fields = problem["errors"].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["password"]);
    let [message] = fields["password"].as_array().unwrap().as_slice() else { panic!("{fields:?}") };
    message.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn guessable_password_is_refused_before_hashing() {
    let server = Server::with(&["--public-url", "https://login.penguinclub.example"]).await;
    for (password, hint) in [
        ("qwertyuiop", "Many people use this"),
        ("p@ssw0rd", "hardly helps"),
        ("ada.l.1815", "Your name"),
        ("lovelace123", "Your name"),
        ("latchkey99", "the name of this site"),
        ("penguinclub1", "the name of this site"),
        ("1234567", "at least 8"),
        ("", "at least 8"),
    ] {
        let advice = advice(&register(&server, "ada.l.1815", password).await);
        assert!(advice.contains(hint), "{password}: {advice}");
        assert!(password.is_empty() || !advice.contains(password), "{advice}");
    }
    assert_eq!(server.app.server.accounts.passwords().computed(), 0);
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "0");
}

#[tokio::test]
async fn password_containing_the_own_name_is_refused() {
    let server = Server::start().await;
    let password = "zorgonax2001";
    advice(&register(&server, "zorgonax", password).await);
    assert_eq!(register(&server, "grace", password).await.status, 201);
}

#[tokio::test]
async fn password_without_digits_or_symbols_is_accepted() {
    let server = Server::start().await;
    for (number, password) in
        ["purple otter kettle", "grün ist die hoffnung", "四角い 月が 好き だよ"].iter().enumerate()
    {
        assert_eq!(register(&server, &format!("user{number}"), password).await.status, 201, "{password}");
    }
}

#[tokio::test]
async fn all_128_code_points_of_a_password_count() {
    let server = Server::start().await;
    let longest = format!("{}{}", "purple otter kettle ünder ä möon ".repeat(4).trim_end(), "x".repeat(128))
        .chars()
        .take(128)
        .collect::<String>();
    assert_eq!(register(&server, "ada", &longest).await.status, 201);
    assert_eq!(log_in(&server, "ada", &longest).await, 200);
    let all_but_the_last: String = longest.chars().take(127).collect();
    for other in [all_but_the_last.clone(), format!("{all_but_the_last}y"), format!("{longest}x")] {
        assert_eq!(log_in(&server, "ada", &other).await, 401);
    }
    assert!(advice(&register(&server, "grace", &format!("{longest}x")).await).contains("at most 128"));
}

#[tokio::test]
async fn password_in_another_normal_form_logs_in() {
    let server = Server::start().await;
    let (composed, decomposed) = ("vi\u{e8}nne  la nuit", "vie\u{300}nne  la nuit");
    let foreign_spaces = "vi\u{e8}nne\u{3000}\u{a0}la\u{2003}nuit";
    for (name, chosen) in [("ada", composed), ("grace", decomposed), ("mary", foreign_spaces)] {
        assert_eq!(register(&server, name, chosen).await.status, 201);
        for typed in [composed, decomposed, foreign_spaces] {
            assert_eq!(log_in(&server, name, typed).await, 200, "{name} {typed:?}");
        }
        for other in ["vienne  la nuit", "vi\u{e8}nne la nuit", "Vi\u{e8}nne  la nuit", " vi\u{e8}nne  la nuit"] {
            assert_eq!(log_in(&server, name, other).await, 401, "{name} {other:?}");
        }
        // A sign-in resets the count of failures.
        assert_eq!(log_in(&server, name, composed).await, 200);
    }
}

#[tokio::test]
async fn password_with_invisible_characters_is_refused() {
    let server = Server::start().await;
    for (number, character) in ['\u{0}', '\n', '\t', '\u{7f}', '\u{200b}', '\u{202e}', '\u{feff}'].iter().enumerate() {
        let answer = register(&server, &format!("user{number}"), &format!("{PASSWORD}{character}")).await;
        assert!(advice(&answer).contains("invisible"), "{character:?}");
    }
}

#[tokio::test]
async fn password_costly_to_judge_is_accepted() {
    let server = Server::start().await;
    let slow = "4@8({[<369!1|70$5+%2zx".repeat(5);
    assert_eq!(register(&server, "ada", &slow).await.status, 201);
    assert_eq!(log_in(&server, "ada", &slow).await, 200);
    assert_eq!(log_in(&server, "ada", &slow[..30]).await, 401, "all of it counts, whatever was judged");
}
