//! Usernames at the door (RFC 8265, UsernameCaseMapped).

use crate::support::{PASSWORD, Server};
use serde_json::json;

#[tokio::test]
async fn an_impostors_name_is_refused() {
    let server = Server::start().await;
    let tricks = [
        "john\u{202e}",
        "\u{202d}john",
        "jo\u{200b}hn",
        "jo\u{200d}hn",
        "jo\u{ad}hn",
        "jo\u{2066}hn",
        "\u{feff}john",
        "jo\u{0}hn",
        "jo\nhn",
        "jo\thn",
        "jo\u{7f}hn",
        "jo\u{85}hn",
        "jo hn",
        "jo\u{a0}hn",
        "jo\u{3000}hn",
        "john\u{5d0}",
        "\u{5d0}john",
        "1\u{5d0}",   // both directions in one name (RFC 5893)
        "\u{212b}da", // a sign that only looks like Å
        "ⓙohn",
        "☃",
        "💂",
        "\u{e000}john",
        "",
    ];
    for trick in tricks {
        let answer = server.post("/api/auth/register", json!({ "username": trick, "password": PASSWORD })).await;
        let problem = answer.problem(422, "validation_failed");
        assert_eq!(problem["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), ["username"], "{trick:?}");
        let answer = server.post("/api/auth/login", json!({ "username": trick, "password": PASSWORD })).await;
        answer.problem(401, "invalid_credentials");
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "0");
}

#[tokio::test]
async fn names_of_every_script_are_names() {
    let server = Server::start().await;
    for name in ["josé", "ψυχή", "אברהם", "محمد", "山田太郎", "j.o'hn-1_x@example.org"] {
        let tokens = server.register(name).await;
        assert_eq!(tokens.all["user"]["username"], name);
        server.log_in(name).await;
    }
}

#[tokio::test]
async fn every_spelling_of_a_name_leads_to_the_account() {
    let server = Server::start().await;
    for (registered, spellings) in [
        ("Ångström", ["ångström", "A\u{30a}ngstro\u{308}m", "ÅNGSTRÖM", "ångstro\u{308}m", "  Ångström "]),
        ("ｆｕｌｌ１２", ["full12", "FULL12", "ｆｕｌｌ12", "Full１２", "ＦＵＬＬ１２"]),
    ] {
        let id = server.register(registered).await.all["user"]["id"].clone();
        for spelling in spellings {
            let taken = json!({ "username": spelling, "password": PASSWORD });
            server.post("/api/auth/register", taken).await.problem(409, "username_taken");
            assert_eq!(server.log_in(spelling).await.all["user"]["id"], id, "{spelling}");
        }
    }
}
