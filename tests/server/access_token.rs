//! The claims of an access token, and when it is accepted. See also `forgeries` for tokens that are never accepted, and
//! `revoke.rs`: a token is invalid as soon as its session ends.

use crate::support::forge::Forger;
use crate::support::{Answer, Server};
use serde_json::{Value, json};
use std::time::Duration;

async fn present(server: &Server, token: &str) -> Answer {
    server.get_as(token, "/api/me").await
}

#[tokio::test]
async fn access_token_has_the_claims_of_rfc_9068() {
    let server = Server::with(&["--default-roles", "Manager"]).await;
    let tokens = server.register("ada").await;
    let good = Forger::from_good(&server, &tokens.access);

    assert_eq!(good.header["alg"], "ES256");
    assert_eq!(good.header["typ"], "at+jwt");
    assert_eq!(good.claims["iss"], "http://127.0.0.1:3000");
    assert_eq!(good.claims["aud"], good.claims["iss"]);
    assert_eq!(good.claims["sub"], tokens.all["user"]["id"]);
    assert_eq!(good.claims["client_id"], "latchkey");
    assert_eq!(good.claims["gen"], 0);
    assert_eq!(good.claims["iat"], 1_767_225_600);
    assert_eq!(good.claims["exp"], 1_767_225_900);
    assert_eq!(good.claims["username"], "ada");
    assert_eq!(good.claims["roles"], json!(["Manager"]));

    // The server accepts a token of the forger, so it refuses the forgeries below for their changes.
    let signed_again = good.sign();
    assert_eq!(present(&server, &signed_again).await.status, 200);
}

#[tokio::test]
async fn access_token_expires_without_leeway() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    server.clock.advance(Duration::from_secs(299));
    assert_eq!(present(&server, &tokens.access).await.status, 200);
    server.clock.advance(Duration::from_secs(1));
    let answer = present(&server, &tokens.access).await;
    answer.problem(401, "invalid_token");
    assert!(answer.header("www-authenticate").contains("has expired"));
}

#[tokio::test]
async fn request_without_token_gets_a_challenge_without_error() {
    let server = Server::start().await;
    let answer = server.get("/api/me").await;
    answer.problem(401, "invalid_token");
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="latchkey""#);
}

#[tokio::test]
async fn token_with_the_session_of_another_user_is_refused() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let eve = server.register("eve").await;
    let twisted = Forger::from_good(&server, &ada.access).with_claim("sub", eve.all["user"]["id"].clone()).sign();
    present(&server, &twisted).await.problem(401, "invalid_token");
    let unborn = Forger::from_good(&server, &ada.access).with_claim("gen", json!(1)).sign();
    present(&server, &unborn).await.problem(401, "invalid_token");
}

#[tokio::test]
async fn published_key_verifies_a_token_in_other_software() {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let answer = server.get("/.well-known/jwks.json").await;
    assert_eq!(answer.status, 200);
    for private in ["\"d\"", "pkcs8", "secret"] {
        assert!(!answer.text.contains(private), "{private}");
    }
    let keys: JwkSet = serde_json::from_str(&answer.text).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["http://127.0.0.1:3000"]);
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    let token = decode::<Value>(&tokens.access, &key, &validation).unwrap();
    assert_eq!(token.claims["username"], "ada");
}

#[tokio::test]
async fn verified_token_does_not_admit_a_similar_one() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    for _ in 0..2 {
        assert_eq!(present(&server, &tokens.access).await.status, 200);
    }
    let (message, signature) = tokens.access.rsplit_once('.').unwrap();
    let other_signature = Forger::from_good(&server, &tokens.access).with_foreign_key().0.sign();
    let other_signature = other_signature.rsplit_once('.').unwrap().1;
    for alike in [format!("{message}.{other_signature}"), format!("{message}."), format!("{message}x.{signature}")] {
        present(&server, &alike).await.problem(401, "invalid_token");
    }
    server.clock.advance(Duration::from_secs(300));
    assert_eq!(present(&server, &tokens.access).await.problem(401, "invalid_token")["reason"], "expired");
}

#[tokio::test]
async fn verified_token_is_refused_after_its_session_ends() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    assert_eq!(present(&server, &tokens.access).await.status, 200);
    server.post("/api/token/revoke", json!({ "refreshToken": tokens.refresh })).await;
    assert_eq!(present(&server, &tokens.access).await.problem(401, "invalid_token")["reason"], "session_ended");
}
