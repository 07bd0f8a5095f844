//! `POST /api/auth/password-advice`: gives the judgement of a registration about a password.

use crate::support::{Answer, PASSWORD, Server};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

async fn advise(server: &Server, body: Value) -> Answer {
    server.post("/api/auth/password-advice", body).await
}

#[track_caller]
fn judged(answer: &Answer) -> (bool, u64, Option<String>) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    let advice = answer.json();
    let fields = advice.as_object().unwrap().keys().collect::<Vec<_>>();
    assert_eq!(fields, ["acceptable", "advice", "strength"]);
    let sentence = advice["advice"].as_str().map(str::to_owned);
    assert!(sentence.is_some() || advice["advice"].is_null());
    (advice["acceptable"].as_bool().unwrap(), advice["strength"].as_u64().unwrap(), sentence)
}

#[tokio::test]
async fn advice_and_registration_agree() {
    let server = Server::with(&["--public-url", "https://login.penguinclub.example", "--throttle", "off"]).await;
    let passwords = [
        "",
        "x",
        "1234567",
        "password",
        "P@ssw0rd",
        "qwertyuiop",
        "zxcvbnm,./",
        "aaaaaaaaaaaaaaaaaaaa",
        "31.12.1999",
        "lovelace123",
        "penguinclub1",
        "latchkey99",
        "tram 1999",
        "zorgonax2001",
        "xkwqzvprtmhb",
        "purple otter kettle",
        "correct horse battery staple",
        "grün ist die hoffnung",
        "四角い 月が 好き だよ",
        "vie\u{300}nne  la nuit",
        "purple otter\nkettle",
        "purple otter\u{200b}kettle",
        &"4@8({[<369!1|70$5+%2zx".repeat(5),
        &"4@8({[<369!1|70$5+%2zx".repeat(6),
        &"ü".repeat(129),
    ];
    let (mut taken, mut refused) = (0, 0);
    for (number, password) in passwords.iter().enumerate() {
        let body = json!({
            "username": format!("ada{number}"), "password": password, "displayName": " Ada Lovelace ",
        });
        let (acceptable, strength, sentence) = judged(&advise(&server, body.clone()).await);
        assert_eq!(acceptable, strength >= 3, "{password:?}");
        let registered = server.post("/api/auth/register", body).await;
        if acceptable {
            assert_eq!((registered.status, sentence), (201, None), "{password:?}: {}", registered.text);
            taken += 1;
        } else {
            let problem = registered.problem(422, "validation_failed");
            assert_eq!(problem["errors"], json!({ "password": [sentence.unwrap()] }), "{password:?}");
            refused += 1;
        }
    }
    assert!(taken > 5 && refused > 10, "{taken} taken, {refused} refused");
}

#[tokio::test]
async fn password_of_own_name_is_weak_and_of_others_is_not() {
    let server = Server::start().await;
    let password = "zorgonax2001";
    assert!(judged(&advise(&server, json!({ "password": password })).await).0);
    assert!(judged(&advise(&server, json!({ "password": password, "username": "grace" })).await).0);
    for names in [json!({ "username": "Zorgonax" }), json!({ "displayName": "Ada Zorgonax" })] {
        let mut body = names.clone();
        body["password"] = json!(password);
        let (acceptable, _, sentence) = judged(&advise(&server, body).await);
        assert!(!acceptable && sentence.unwrap().contains("Your name"), "{names}");
    }
}

#[tokio::test]
async fn advice_equals_the_judgement_of_a_password_change() {
    let server = Server::start().await;
    let ada = server.register("zorgonax").await;
    for password in ["zorgonax2001", "password1", "short"] {
        let body = json!({ "currentPassword": PASSWORD, "newPassword": password });
        let problem =
            server.post_as(&ada.access, "/api/account/password", body).await.problem(422, "validation_failed");
        let names = json!({ "password": password, "username": "zorgonax", "displayName": "zorgonax" });
        let (_, _, sentence) = judged(&advise(&server, names).await);
        assert_eq!(problem["errors"], json!({ "newPassword": [sentence.unwrap()] }));
    }
}

#[tokio::test]
async fn longer_password_gets_a_higher_strength() {
    let server = Server::start().await;
    let mut strengths = Vec::new();
    for password in ["password", "tram1999", "violet tram", "violet umbrella", "violet umbrella on a quiet tram"] {
        strengths.push(judged(&advise(&server, json!({ "password": password })).await).1);
    }
    assert!(strengths.is_sorted(), "{strengths:?}");
    assert_eq!((strengths[0], strengths[4]), (0, 4));
}

#[tokio::test]
async fn malformed_request_is_a_400_without_the_password() {
    let server = Server::start().await;
    for body in [
        json!({}),
        json!({ "username": "ada" }),
        json!({ "password": null }),
        json!({ "password": 7 }),
        json!({ "password": ["hunter2hunter2"] }),
        json!({ "password": "hunter2hunter2", "username": 7 }),
        json!({ "password": "hunter2hunter2", "displayName": {} }),
        json!(["hunter2hunter2"]),
    ] {
        let answer = advise(&server, body).await;
        answer.problem(400, "invalid_request");
        assert!(!answer.text.contains("hunter2"), "{}", answer.text);
    }
    for raw in ["{", r#"{"password":"a","password":"b"}"#, r#"{"password":"\ud800"}"#] {
        let request = Request::post("/api/auth/password-advice").header(header::CONTENT_TYPE, "application/json");
        server.send(request.body(Body::from(raw)).unwrap()).await.problem(400, "invalid_request");
    }
    server.get("/api/auth/password-advice").await.problem(405, "method_not_allowed");
    let too_long = advise(&server, json!({ "password": "x".repeat(16 * 1024) })).await;
    too_long.problem(413, "payload_too_large");
}

#[tokio::test]
async fn advice_with_very_long_names_is_given() {
    let server = Server::start().await;
    let long = "zorgonax ".repeat(800);
    let body = json!({ "password": "zorgonax2001", "username": long, "displayName": long });
    assert!(!judged(&advise(&server, body).await).0);
}

#[tokio::test]
async fn advice_with_a_stale_authorization_is_given() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    assert_eq!(server.post_as(&ada.access, "/api/token/revoke", json!({})).await.status, 204);
    for token in [ada.access.as_str(), "nonsense"] {
        let answer = server.post_as(token, "/api/auth/password-advice", json!({ "password": PASSWORD })).await;
        assert!(judged(&answer).0);
    }
}

#[tokio::test]
async fn advice_is_neither_counted_nor_stored() {
    let server = Server::start().await;
    server.register("ada").await;
    let state = async || {
        let mut state = Vec::new();
        for count in [
            "SELECT COUNT(*) FROM login_failures",
            "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM login_failures",
            "SELECT COUNT(*) FROM events",
            "SELECT COUNT(*) FROM sessions",
            "SELECT COUNT(*) FROM users",
        ] {
            state.push(server.sql(count).await);
        }
        state
    };
    let (before, hashes) = (state().await, server.app.server.accounts.passwords().computed());
    for _ in 0..100 {
        let request = Request::post("/api/auth/password-advice")
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 5000))));
        let body = json!({ "password": "password1", "username": "ada" }).to_string();
        judged(&server.send(request.body(Body::from(body)).unwrap()).await);
    }
    assert_eq!(state().await, before);
    assert_eq!(server.app.server.accounts.passwords().computed(), hashes, "and costs no hash");
    server.log_in_from("ada", "192.0.2.7", "Test").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flood_of_advice_requests_does_not_block_sign_ins() {
    let server = Arc::new(Server::with(&["--throttle", "off"]).await);
    server.register("ada").await;
    // Each takes about as long as a hash.
    let slow = "4@8({[<369!1|70$5+%2zx".repeat(5);
    let flood: Vec<_> = (0..300)
        .map(|_| {
            let (server, body) = (server.clone(), json!({ "password": slow }));
            tokio::spawn(async move { advise(&server, body).await })
        })
        .collect();
    for _ in 0..10 {
        server.log_in("ada").await;
    }
    let mut turned_away = 0;
    for question in flood {
        let answer = question.await.unwrap();
        if answer.status == 503 {
            answer.problem(503, "unavailable");
            assert_eq!(answer.header("retry-after"), "1");
            turned_away += 1;
        } else {
            assert!(judged(&answer).0);
        }
    }
    assert!(turned_away > 0);
}
