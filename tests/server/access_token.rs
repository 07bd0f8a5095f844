//! Every check of an access token, with tokens forged for it. See also `revoke.rs`: a token dies with its session.

use crate::support::forge::Forger;
use crate::support::{Answer, Server};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use std::time::Duration;

async fn present(server: &Server, token: &str) -> Answer {
    server.get_as(token, "/api/me").await
}

#[tokio::test]
async fn a_good_token_says_what_the_standard_asks_for() {
    let server = Server::start().await;
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

    // What makes the forgeries below worth something: the forger can make a token that is let in.
    let signed_again = good.sign();
    assert_eq!(present(&server, &signed_again).await.status, 200);
}

#[tokio::test]
async fn a_token_dies_at_its_second_without_leeway() {
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
async fn no_token_is_asked_for_one_and_told_no_error() {
    let server = Server::start().await;
    let answer = server.get("/api/me").await;
    answer.problem(401, "invalid_token");
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="latchkey""#);
}

#[tokio::test]
async fn forged_and_twisted_tokens_are_refused_alike() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    let good = Forger::from_good(&server, &tokens.access);
    let parts: Vec<&str> = tokens.access.split('.').collect();
    let (header, claims) = (good.header.to_string(), good.claims.to_string());
    let far_future = json!(1_767_225_600_i64 + 10);

    let mut forgeries: Vec<(String, String)> = vec![
        ("empty".into(), String::new()),
        ("rubbish".into(), "rubbish".into()),
        ("two parts".into(), format!("{}.{}", parts[0], parts[1])),
        ("four parts".into(), format!("{}.x", tokens.access)),
        ("no signature".into(), format!("{}.{}.", parts[0], parts[1])),
        ("foreign key".into(), good.clone().with_foreign_key().sign()),
        ("padded".into(), format!("{}=", tokens.access)),
        ("claims of another token".into(), {
            let other = good.clone().with_claim("roles", json!(["Admin"])).sign();
            format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap(), parts[2])
        }),
        ("alg none".into(), {
            let header =
                BASE64.encode(json!({ "alg": "none", "typ": "at+jwt", "kid": good.header["kid"] }).to_string());
            format!("{header}.{}.", parts[1])
        }),
        ("alg HS256 under the public key".into(), {
            let header = json!({ "alg": "HS256", "typ": "at+jwt", "kid": good.header["kid"] }).to_string();
            let message = format!("{}.{}", BASE64.encode(header), parts[1]);
            let jwks = server.app.keyring().jwks();
            let x = BASE64.decode(jwks["keys"][0]["x"].as_str().unwrap()).unwrap();
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &x);
            format!("{message}.{}", BASE64.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes())))
        }),
        ("crit that we do not understand".into(), good.clone().with_header("crit", json!(["b64"])).sign()),
        ("crit null".into(), good.clone().with_header("crit", Value::Null).sign()),
        ("unknown kid".into(), good.clone().with_header("kid", json!("nobody")).sign()),
        ("kid a path".into(), good.clone().with_header("kid", json!("../../keyring.json")).sign()),
        ("kid a number".into(), good.clone().with_header("kid", json!(1)).sign()),
        ("duplicate claim".into(), good.sign_raw(&header, &claims.replacen('{', r#"{"sub":"someone","#, 1))),
        ("duplicate header".into(), good.sign_raw(&header.replacen('{', r#"{"alg":"none","#, 1), &claims)),
        ("claims not an object".into(), good.sign_raw(&header, "[]")),
        ("claims not JSON".into(), good.sign_raw(&header, "{")),
        ("issued in the future".into(), good.clone().with_claim("iat", far_future).sign()),
        ("a session that is not an id".into(), good.clone().with_claim("sid", json!("x")).sign()),
        ("too long".into(), good.clone().with_claim("username", json!("x".repeat(5000))).sign()),
    ];
    for name in ["alg", "typ", "kid"] {
        forgeries.push((format!("without {name}"), good.clone().without_header(name).sign()));
    }
    for alg in ["ES384", "RS256", "es256", "EdDSA"] {
        forgeries.push((format!("alg {alg}"), good.clone().with_header("alg", json!(alg)).sign()));
    }
    for typ in ["JWT", "at+JWT", "rt+jwt", ""] {
        forgeries.push((format!("typ {typ}"), good.clone().with_header("typ", json!(typ)).sign()));
    }
    for name in ["iss", "aud", "sub", "client_id", "sid", "gen", "iat", "exp", "jti"] {
        forgeries.push((format!("without {name}"), good.clone().without_claim(name).sign()));
        forgeries.push((format!("{name} null"), good.clone().with_claim(name, Value::Null).sign()));
        forgeries.push((format!("{name} a list"), good.clone().with_claim(name, json!([good.claims[name]])).sign()));
    }
    for name in ["iss", "aud", "client_id"] {
        forgeries
            .push((format!("foreign {name}"), good.clone().with_claim(name, json!("https://evil.example")).sign()));
    }
    for (name, value) in [("exp", json!("1767225900")), ("exp", json!(1_767_225_900.5)), ("gen", json!(-1))] {
        forgeries.push((format!("{name} {value}"), good.clone().with_claim(name, value).sign()));
    }

    let expected = r#"Bearer realm="latchkey", error="invalid_token""#;
    for (name, token) in &forgeries {
        let answer = present(&server, token).await;
        answer.problem(401, "invalid_token");
        assert_eq!(answer.header("www-authenticate"), expected, "{name}");
    }
}

#[tokio::test]
async fn a_token_for_a_session_that_is_not_its_users_is_refused() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let eve = server.register("eve").await;
    let twisted = Forger::from_good(&server, &ada.access).with_claim("sub", eve.all["user"]["id"].clone()).sign();
    present(&server, &twisted).await.problem(401, "invalid_token");
    let unborn = Forger::from_good(&server, &ada.access).with_claim("gen", json!(1)).sign();
    present(&server, &unborn).await.problem(401, "invalid_token");
}

#[tokio::test]
async fn the_published_key_verifies_a_token_for_other_software() {
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
async fn a_token_just_verified_does_not_vouch_for_its_like() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    for _ in 0..2 {
        assert_eq!(present(&server, &tokens.access).await.status, 200);
    }
    let (message, signature) = tokens.access.rsplit_once('.').unwrap();
    let other_signature = Forger::from_good(&server, &tokens.access).with_foreign_key().sign();
    let other_signature = other_signature.rsplit_once('.').unwrap().1;
    for alike in [format!("{message}.{other_signature}"), format!("{message}."), format!("{message}x.{signature}")] {
        present(&server, &alike).await.problem(401, "invalid_token");
    }
    server.clock.advance(Duration::from_secs(300));
    assert_eq!(present(&server, &tokens.access).await.problem(401, "invalid_token")["reason"], "expired");
}

#[tokio::test]
async fn a_token_just_verified_dies_with_its_session() {
    let server = Server::start().await;
    let tokens = server.register("ada").await;
    assert_eq!(present(&server, &tokens.access).await.status, 200);
    server.post("/api/token/revoke", json!({ "refreshToken": tokens.refresh })).await;
    assert_eq!(present(&server, &tokens.access).await.problem(401, "invalid_token")["reason"], "session_ended");
}
