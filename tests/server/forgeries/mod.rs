//! Forged and manipulated access tokens. Each is refused with the same answer, so an attacker learns nothing.
//!
//! Tokens in [`signatures`] have no valid signature. Tokens in [`content`] are signed with the server's key, as if the
//! keyring had been stolen, and are refused only for their content.

mod content;
mod signatures;

use crate::support::forge::Forger;
use crate::support::{Answer, Server, Tokens};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// A description of the manipulation, and the token.
type Forgery = (String, String);

struct Target {
    server: Server,
    tokens: Tokens,
    good: Forger,
    /// A `kid` that the server knows, but of a key that `good` does not have.
    other_kid: Value,
}

impl Target {
    /// A server with two signing keys in its keyring.
    async fn start() -> Self {
        let roles = ["--default-roles", "Manager"];
        let (server, foreign) = (Server::with(&roles).await, Server::start().await);
        let read = |server: &Server| -> Value {
            serde_json::from_slice(&fs::read(server.data.path().join("keyring.json")).unwrap()).unwrap()
        };
        let (mut keyring, other) = (read(&server), read(&foreign)["signing"][0].clone());
        keyring["signing"].as_array_mut().unwrap().push(other.clone());
        fs::write(server.data.path().join("keyring.json"), keyring.to_string()).unwrap();
        let server = server.restart(&roles).await;
        let tokens = server.register("ada").await;
        let good = Forger::from_good(&server, &tokens.access);
        Self { server, tokens, good, other_kid: other["kid"].clone() }
    }

    async fn present(&self, token: &str) -> Answer {
        self.server.get_as(token, "/api/me").await
    }

    /// Presents each, and asserts that all of them get one and the same answer: status, headers and body.
    async fn refuse_alike(&self, forgeries: &[Forgery]) {
        // The server accepts the forger's unmodified token, so it refuses the tokens below for their modification.
        assert_eq!(self.present(&self.good.sign()).await.status, 200);
        let expected = self.present("garbage").await;
        let problem = expected.problem(401, "invalid_token");
        assert_eq!(problem["reason"], "invalid");
        assert_eq!(expected.header("www-authenticate"), r#"Bearer realm="latchkey", error="invalid_token""#);
        for (name, token) in forgeries {
            assert_ne!(token, &self.tokens.access, "{name}: nothing was done to it");
            let answer = self.present(token).await;
            assert_eq!(answer.status, 401, "{name}: {}", answer.text);
            assert_eq!(anonymous(&answer), anonymous(&expected), "{name}");
        }
        assert_eq!(self.present(&self.tokens.access).await.status, 200, "the good one has not suffered");
    }
}

/// All that an answer says, but for the number of the request.
fn anonymous(answer: &Answer) -> (u16, BTreeMap<String, Vec<u8>>, Value) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    let mut body = answer.json();
    body["requestId"] = json!("");
    (answer.status, headers, body)
}

#[tokio::test]
async fn token_without_a_valid_signature_is_refused_alike() {
    let target = Target::start().await;
    let forgeries = signatures::all(&target);
    assert!(forgeries.len() >= 50, "{}", forgeries.len());
    target.refuse_alike(&forgeries).await;
}

/// A key that is embedded in the access token is ignored in a refresh, too. A token that names an unknown key is not
/// believed either: it is treated as one of a retired key, as if it were absent.
#[tokio::test]
async fn forged_access_token_at_refresh_is_not_trusted() {
    let target = Target::start().await;
    for (name, token) in signatures::all(&target) {
        let body = json!({ "refreshToken": target.tokens.refresh, "accessToken": token });
        let answer = target.server.post("/api/token/refresh", body).await;
        if names_an_unknown_key(&target, &token) {
            assert_eq!(answer.status, 200, "{name}");
        } else {
            assert_eq!(answer.status, 400, "{name}");
            answer.refused("unknown");
        }
    }
    target.server.rotate(&target.tokens.refresh).await;
}

fn names_an_unknown_key(target: &Target, token: &str) -> bool {
    let header = token.split('.').next().and_then(|header| BASE64.decode(header).ok());
    let header: Option<Value> = header.and_then(|header| serde_json::from_slice(&header).ok());
    header.is_some_and(|header| {
        let kid = header["kid"].as_str();
        let unknown = kid.is_some_and(|kid| target.server.app.server.sessions.keyring().signing_key(kid).is_none());
        header["alg"] == "ES256" && header["typ"] == "at+jwt" && unknown
    })
}

#[tokio::test]
async fn token_of_another_form_under_our_key_is_refused_alike() {
    let target = Target::start().await;
    let forgeries = content::all(&target);
    assert!(forgeries.len() >= 100, "{}", forgeries.len());
    target.refuse_alike(&forgeries).await;
}

/// Only a token with a valid signature gets this reason.
#[tokio::test]
async fn expired_token_with_a_valid_signature_says_expired() {
    let target = Target::start().await;
    for exp in [json!(0), json!(-1), json!(i64::MIN), json!(1_767_225_600), target.good.claims["iat"].clone()] {
        let answer = target.present(&target.good.clone().with_claim("exp", exp.clone()).sign()).await;
        assert_eq!(answer.problem(401, "invalid_token")["reason"], "expired", "exp {exp}");
    }
}

/// What the standards say to ignore is ignored, and what does no harm is accepted; this test records the decisions.
#[tokio::test]
async fn harmless_token_variations_are_accepted() {
    let target = Target::start().await;
    let good = || target.good.clone();
    let (header, claims) = (good().header, good().claims);
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    for (name, token) in [
        // RFC 7515 §4: unknown header parameters must be ignored. Ours are never looked at, let alone followed.
        ("jku beside our own kid", good().with_header("jku", json!("https://evil.example/jwks")).sign()),
        // RFC 7519 §4: so must unknown claims.
        ("an unknown claim", good().with_claim("admin", json!(true)).sign()),
        ("a time that has come, before which it is not good", good().with_claim("nbf", claims["iat"].clone()).sign()),
        // The claim is not read, and skipping it needs no stack.
        ("an unknown claim, nested deeply", {
            let nested = format!("{{\"x\":{}{},", "[".repeat(1000), "]".repeat(1000));
            good().sign_raw(&header.to_string(), &claims.to_string().replacen('{', &nested, 1))
        }),
        // The server accepts any formatting of the JSON, because the signature covers it.
        ("white space in the JSON", good().sign_raw(&pretty(&header), &pretty(&claims))),
        // With (r, s) also (r, n − s) is a signature: RFC 7518 §3.4 does not ask for the lower one. It says the same
        // of the same message, and nothing here takes a token's text for its name.
        ("the signature's mirror image", signatures::mirrored(&target.tokens.access)),
    ] {
        assert_eq!(target.present(&token).await.status, 200, "{name}");
    }
    // The roles that count are those in the database.
    let promoted = good().with_claim("roles", json!(["Admin"])).sign();
    assert_eq!(target.present(&promoted).await.json()["user"]["roles"], json!(["Manager"]));
}
