//! `POST /api/auth/register` and `POST /api/auth/login`.

use crate::support::{PASSWORD, Server};
use serde_json::{Value, json};

async fn log_in(server: &Server, username: &str, password: &str) -> crate::support::Answer {
    server.post("/api/auth/login", json!({ "username": username, "password": password })).await
}

#[tokio::test]
async fn registration_signs_the_user_in() {
    let server = Server::start().await;
    let body = json!({ "username": "Ada", "password": PASSWORD, "displayName": "Ada Lovelace", "remember": true });
    let answer = server.post("/api/auth/register", body).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), "no-store");
    let tokens = answer.tokens();
    assert_eq!(tokens.all["user"]["username"], "Ada");
    assert_eq!(tokens.all["user"]["displayName"], "Ada Lovelace");
    assert_eq!(tokens.all["user"]["roles"], json!([]));
    assert_eq!(tokens.all["refreshTokenExpiresAt"], "2026-01-08T00:00:00Z", "kept for seven idle days");

    let me = server.get_as(&tokens.access, "/api/me").await;
    assert_eq!(me.status, 200);
    assert_eq!(me.header("cache-control"), "no-store");
    assert_eq!(me.json()["user"], tokens.all["user"]);
    assert_eq!(me.json()["session"]["remember"], true);
    assert_eq!(me.json()["session"]["absoluteExpiresAt"], "2026-01-31T00:00:00Z");
}

#[tokio::test]
async fn new_account_gets_the_default_roles() {
    let server = Server::with(&["--default-roles", "Manager,auditor"]).await;
    let tokens = server.register("ada").await;
    assert_eq!(tokens.all["user"]["roles"], json!(["Manager", "auditor"]));
    assert_eq!(server.get_as(&tokens.access, "/api/customers").await.status, 200);
    let server = Server::with(&["--demo", "on"]).await;
    assert_eq!(server.register("ada").await.all["user"]["roles"], json!(["Manager"]), "a demo shows all there is");
}

#[tokio::test]
async fn new_account_without_default_roles_has_none() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    assert_eq!(tokens.all["user"]["roles"], json!([]));
    let answer = server.get_as(&tokens.access, "/api/customers").await;
    answer.problem(403, "insufficient_scope");
    assert!(answer.header("www-authenticate").contains("insufficient_scope"));
}

#[tokio::test]
async fn registration_with_bad_fields_reports_each() {
    let server = Server::start().await;
    let body = json!({ "username": "a b", "password": "short", "displayName": "x".repeat(101) });
    let answer = server.post("/api/auth/register", body).await;
    let problem = answer.problem(422, "validation_failed");
    for field in ["username", "password", "displayName"] {
        assert_eq!(problem["errors"][field].as_array().map(Vec::len), Some(1), "{field}");
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "0");
}

#[tokio::test]
async fn invisible_display_name_is_refused_at_registration() {
    let server = Server::start().await;
    let register = async |name: &str, display_name: &str| {
        let body = json!({ "username": name, "password": PASSWORD, "displayName": display_name });
        server.post("/api/auth/register", body).await
    };
    for blank in
        ["\u{13441}\u{13442}", "\u{2800}", "\u{ad}", "\u{34f}\u{fe0f}", "\u{3164} \u{115f}", "\u{e0041}", "\u{200d}"]
    {
        let problem = register("ada", blank).await.problem(422, "validation_failed");
        assert!(problem["errors"]["displayName"][0].as_str().unwrap().contains("can be seen"), "{blank:?}");
    }
    // Characters that are invisible alone are valid in these names.
    for (number, name) in ["❤\u{fe0f}", "👩\u{200d}🚀", "می\u{200c}خواهم", "عَ\u{200c}ل"].iter().enumerate()
    {
        assert_eq!(register(&format!("ada{number}"), name).await.status, 201, "{name}");
    }
}

#[tokio::test]
async fn taken_username_in_another_spelling_is_taken() {
    let server = Server::start().await;
    server.register("José").await;
    for spelling in ["josé", "JOSÉ", "Jose\u{301}", "ｊｏｓé"] {
        let body = json!({ "username": spelling, "password": PASSWORD });
        server.post("/api/auth/register", body).await.problem(409, "username_taken");
        assert_eq!(log_in(&server, spelling, PASSWORD).await.status, 200, "{spelling}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_registrations_of_one_name_make_one_account() {
    let server = std::sync::Arc::new(Server::start().await);
    let tasks: Vec<_> = ["ada", "Ada", "ADA", "ａｄａ"]
        .map(|name| {
            let server = server.clone();
            tokio::spawn(async move {
                server.post("/api/auth/register", json!({ "username": name, "password": PASSWORD })).await.status
            })
        })
        .into();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    assert_eq!(server.sql("SELECT COUNT(*) FROM users").await, "1");
}

#[tokio::test]
async fn unknown_user_and_wrong_password_get_the_same_response() {
    let server = Server::start().await;
    server.register("ada").await;
    let mut answers: Vec<Value> = Vec::new();
    for (username, password) in
        [("ada", "wrong password"), ("unknown", PASSWORD), ("not a name", PASSWORD), ("ada", ""), ("", "")]
    {
        let answer = log_in(&server, username, password).await;
        let mut problem = answer.problem(401, "invalid_credentials");
        problem["requestId"] = json!("");
        answers.push(problem);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(server.sql("SELECT COUNT(*) FROM sessions").await, "1", "the one of the registration");
}

#[tokio::test]
async fn disabled_account_cannot_log_in_and_has_no_session() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    server.tamper("UPDATE users SET disabled_at = 1").await;
    log_in(&server, "ada", PASSWORD).await.problem(401, "invalid_credentials");
    server.get_as(&tokens.access, "/api/me").await.problem(401, "invalid_token");
    server.refresh(&tokens.refresh).await.refused("revoked_by_admin");
}

#[tokio::test]
async fn session_records_address_and_user_agent_of_sign_in() {
    use axum::body::Body;
    use axum::http::{Request, header};
    let server = Server::start().await;
    let request = Request::post("/api/auth/register")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, format!("Test\t{}", "x".repeat(300)))
        .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 7], 5000))))
        .body(Body::from(json!({ "username": "ada", "password": PASSWORD }).to_string()));
    assert_eq!(server.send(request.unwrap()).await.status, 201);
    assert_eq!(server.sql("SELECT ip FROM sessions").await, "192.0.2.7");
    let user_agent = server.sql("SELECT user_agent FROM events WHERE kind = 'signed_in'").await;
    assert_eq!(user_agent, format!("Test{}", "x".repeat(252)));
}

#[tokio::test]
async fn outdated_hash_is_renewed_at_login() {
    let server = Server::start().await;
    server.register("ada").await;
    // The hash of PASSWORD with weaker parameters.
    let weak = {
        use argon2::password_hash::{PasswordHasher as _, SaltString};
        let params = argon2::Params::new(64, 1, 1, None).unwrap();
        argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
            .hash_password(PASSWORD.as_bytes(), &SaltString::encode_b64(&[1; 16]).unwrap())
            .unwrap()
            .to_string()
    };
    server.tamper(format!("UPDATE users SET password_hash = '{weak}'").leak()).await;
    assert_eq!(log_in(&server, "ada", PASSWORD).await.status, 200);
    let renewed = server.sql("SELECT password_hash FROM users").await;
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    assert_eq!(log_in(&server, "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn parallel_logins_with_an_outdated_hash_all_succeed() {
    let server = Server::start().await;
    server.register("ada").await;
    // The same password with another parameter order: right, and to be renewed.
    server.tamper("UPDATE users SET password_hash = replace(password_hash, 'm=19456,t=2', 't=2,m=19456')").await;
    let (first, second, third) = tokio::join!(server.log_in("ada"), server.log_in("ada"), server.log_in("ada"));
    for tokens in [first, second, third] {
        assert_eq!(server.get_as(&tokens.access, "/api/me").await.status, 200);
    }
    assert_eq!(server.sql("SELECT COUNT(*) FROM users WHERE password_hash LIKE '%$m=19456,t=2%'").await, "1");
    assert_eq!(server.sql("SELECT COUNT(*) FROM events WHERE kind = 'sign_in_failed'").await, "0");
}
