//! Which usernames are accepted (RFC 8265, UsernameCaseMapped).

use crate::support::{PASSWORD, Server};
use serde_json::json;

#[tokio::test]
async fn username_with_misleading_characters_is_refused() {
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
        "\u{13441}",
        "a\u{2d7f}",
        "د\u{200c}اود",
        "م\u{200d}حمد",
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
async fn usernames_of_every_script_are_accepted() {
    let server = Server::start().await;
    for name in ["josé", "ψυχή", "אברהם", "محمد", "山田太郎", "j.o'hn-1_x"] {
        let tokens = server.register(name).await;
        assert_eq!(tokens.all["user"]["username"], name);
        server.log_in(name).await;
    }
}

#[tokio::test]
async fn every_spelling_of_a_username_finds_the_account() {
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

#[tokio::test]
async fn new_name_like_an_option_address_or_other_is_refused() {
    let server = Server::start().await;
    server.register("paypal").await;
    for name in ["-ada", "--all", "\u{ff0d}x", "ada@example.org", "a\u{ff20}b", "p\u{430}ypal", "P\u{410}YPAL", "adα"]
    {
        let answer = server.post("/api/auth/register", json!({ "username": name, "password": PASSWORD })).await;
        let problem = answer.problem(422, "validation_failed");
        assert_eq!(problem["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), ["username"], "{name:?}");
    }
    for name in ["山田taro", "김민준kim", "олена", "a-", "ada.l"] {
        server.register(name).await;
    }
}

#[tokio::test]
async fn username_with_a_final_sigma_equals_sigma() {
    let server = Server::start().await;
    let id = server.register("Οδυσσεύς").await.all["user"]["id"].clone();
    for spelling in ["ΟΔΥΣΣΕΎΣ", "οδυσσεύσ", "οδυσσεύς"] {
        let taken = json!({ "username": spelling, "password": PASSWORD });
        server.post("/api/auth/register", taken).await.problem(409, "username_taken");
        assert_eq!(server.log_in(spelling).await.all["user"]["id"], id, "{spelling}");
    }
}

/// Accounts from before the rules for new names, and names that two accounts have by now.
#[tokio::test]
async fn account_of_an_earlier_version_signs_in_as_before() {
    let server = Server::today(&[]).await;
    let ids: Vec<_> = [server.register("one").await, server.register("two").await, server.register("three").await]
        .map(|tokens| tokens.all["user"]["id"].clone())
        .into();
    server.tamper("UPDATE users SET username = 'ΑΣ', username_key = 'ασ' WHERE username = 'one'").await;
    server.tamper("UPDATE users SET username = 'ας', username_key = 'ας' WHERE username = 'two'").await;
    server.tamper("UPDATE users SET username = '-a@b', username_key = '-a@b' WHERE username = 'three'").await;
    for (name, id) in [("ΑΣ", &ids[0]), ("ασ", &ids[0]), ("ας", &ids[1]), ("-A@b", &ids[2])] {
        assert_eq!(&server.log_in(name).await.all["user"]["id"], id, "{name}");
    }
    let taken = json!({ "username": "Ας", "password": PASSWORD });
    server.post("/api/auth/register", taken).await.problem(409, "username_taken");

    let said = server.command(&["doctor"]);
    let line = said
        .stdout
        .lines()
        .find(|line| line.contains("the same name in this version"))
        .unwrap_or_else(|| panic!("{said:?}"));
    assert!(line.starts_with("warning") && line.contains("ας") && line.contains("ΑΣ"), "{line}");
}

/// What the migration does to keys from before final sigmas were folded.
#[tokio::test]
async fn migration_folds_a_final_sigma_and_merges_no_accounts() {
    let server = Server::start().await;
    for name in ["lone", "older", "newer", "folded", "unfolded", "latin"] {
        server.register(name).await;
    }
    for statement in [
        "UPDATE users SET username_key = 'νικος' WHERE username = 'lone'",
        "UPDATE users SET username_key = 'ςας', created_at = 1 WHERE username = 'older'",
        "UPDATE users SET username_key = 'σας', created_at = 2 WHERE username = 'newer'",
        "UPDATE users SET username_key = 'ασ', created_at = 9 WHERE username = 'folded'",
        "UPDATE users SET username_key = 'ας', created_at = 1 WHERE username = 'unfolded'",
        "DROP TABLE notices",
        include_str!("../../crates/latchkey-core/migrations/0010_usernames_and_roles.sql"),
    ] {
        server.tamper(statement).await;
    }
    let keys = "SELECT string_agg(username || ' ' || username_key, ', ' ORDER BY username) FROM users";
    assert_eq!(server.sql(keys).await, "folded ασ, latin latin, lone νικοσ, newer σας, older σασ, unfolded ας");
}

#[tokio::test]
async fn display_name_with_format_or_tag_characters_is_refused() {
    let server = Server::start().await;
    let register = async |name: &str, display_name: &str| {
        let body = json!({ "username": name, "password": PASSWORD, "displayName": display_name });
        server.post("/api/auth/register", body).await
    };
    for display_name in [
        "Ada\u{202e}",
        "\u{2067}Ada",
        "Ad\u{200d}a",
        "Ada\u{e0041}",
        "A\u{ad}da",
        "Ada\u{feff}",
        "Ada\u{3164}",
        "Ada\u{e000}",
    ] {
        let problem = register("ada", display_name).await.problem(422, "validation_failed");
        assert!(problem["errors"]["displayName"][0].as_str().unwrap().contains("invisible"), "{display_name:?}");
    }
    for (number, display_name) in ["👩🏽\u{200d}🚀", "علی\u{200c}رضا", "ශ්\u{200d}රී"].iter().enumerate()
    {
        let tokens = register(&format!("ada{number}"), display_name).await;
        assert_eq!(tokens.json()["user"]["displayName"], *display_name);
    }
}
