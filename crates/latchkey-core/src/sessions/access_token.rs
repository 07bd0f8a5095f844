//! Access tokens: JWTs by RFC 9068, signed with ES256.
//!
//! `jsonwebtoken` signs tokens and verifies signatures. This module checks headers and claims itself, because the
//! validation of the library accepts a missing `aud` or `iss`, any `typ`, an unknown `crit`, and 60 seconds past `exp`.

use super::keyring::{Keyring, SigningKey};
use super::lifecycle::Generation;
use super::verified::{Genuine, VerifiedAccessToken, VerifiedTokens};
use crate::clock::Timestamp;
use crate::hooks::ExtraClaims;
use crate::ids::{SessionId, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, crypto};
use latchkey_wire::{AccessToken, TokenError};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The client id (RFC 9068 §2.2). All tokens have the same one, because only Latchkey's own users get tokens.
pub const CLIENT_ID: &str = "latchkey";

/// The longest accepted token, in bytes. Longer ones are rejected before decoding. A token with the longest username,
/// roles and public URL is shorter (tests/server/token_size.rs).
const LONGEST: usize = 4096;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// The header of a presented token.
#[derive(Deserialize)]
struct PresentedHeader {
    alg: String,
    typ: String,
    kid: String,
    /// Extensions that a verifier must understand (RFC 7515 §4.1.11). Latchkey understands none.
    #[serde(default, rename = "crit", deserialize_with = "is_present")]
    has_crit: bool,
}

fn is_present<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

/// The claims of an access token. All of them are required, except `nbf`. A claim that a later version adds needs
/// `#[serde(default)]`; otherwise that version would reject the tokens that are valid when it is deployed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The issuer: the public URL.
    pub iss: String,
    /// The audience: the public URL as well.
    pub aud: String,
    /// The user's id.
    pub sub: String,
    /// [`CLIENT_ID`].
    pub client_id: String,
    /// The session's id.
    pub sid: String,
    /// The generation of the session at which the token was issued.
    #[serde(rename = "gen")]
    pub generation: u32,
    /// The token's own id.
    pub jti: String,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
    /// The username as it was typed at registration.
    pub username: String,
    /// The user's roles when the token was issued (RFC 9068 §2.2.3.1).
    pub roles: Vec<String>,
    /// The time before which the token is not valid, in seconds since 1970. Latchkey does not issue this claim, but
    /// obeys it (RFC 7519 §4.1.5).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "number")]
    pub nbf: Option<i64>,
}

/// The claims of a new token.
#[derive(Serialize)]
struct AllClaims<'a> {
    #[serde(flatten)]
    own: &'a Claims,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

/// Parses a number; `null` is an error.
fn number<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(value).map(Some)
}

/// Signs the claims with those that the application adds. `None` if the crypto library fails, which is not expected.
pub fn sign(key: &SigningKey, claims: &Claims, extra: &ExtraClaims) -> Option<AccessToken> {
    let header = Header { alg: "ES256", typ: "at+jwt", kid: &key.kid };
    let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).ok()?);
    let claims = AllClaims { own: claims, extra: extra.as_map() };
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).ok()?);
    let message = format!("{header}.{claims}");
    let signature = crypto::sign(message.as_bytes(), &key.private, Algorithm::ES256).ok()?;
    Some(AccessToken::from(format!("{message}.{signature}")))
}

/// Checks a presented token (RFC 9068 §4) without leeway. The caller must check its session in the database.
///
/// # Errors
/// [`TokenError::Expired`] for a genuine token that has expired; [`TokenError::Invalid`] for all other faults.
pub fn verify(
    keyring: &Keyring,
    verified: &VerifiedTokens,
    issuer: &str,
    token: &str,
    now: Timestamp,
) -> Result<VerifiedAccessToken, TokenError> {
    if token.len() > LONGEST {
        return Err(TokenError::Invalid);
    }
    let genuine = verified.get_or_verify(token, keyring, || verify_claims(keyring, issuer, token))?;
    if now.seconds() >= genuine.exp {
        return Err(TokenError::Expired);
    }
    // Issued in the future: the server's clock was set back, or the token is wrong. One second is allowed for rounding.
    if genuine.iat > now.seconds() + 1 {
        return Err(TokenError::Invalid);
    }
    if genuine.nbf.is_some_and(|nbf| nbf > now.seconds()) {
        return Err(TokenError::Invalid);
    }
    Ok(genuine.token)
}

/// Checks everything about a token that does not change while its key is in the keyring.
fn verify_claims(keyring: &Keyring, issuer: &str, token: &str) -> Result<Genuine, TokenError> {
    let (kid, claims) = verify_signature(keyring, token)?;
    if claims.iss != issuer || claims.aud != issuer || claims.client_id != CLIENT_ID {
        return Err(TokenError::Invalid);
    }
    let token = VerifiedAccessToken {
        session: SessionId::parse(&claims.sid).ok_or(TokenError::Invalid)?,
        generation: Generation(claims.generation),
        user_id: UserId::parse(&claims.sub).ok_or(TokenError::Invalid)?,
        // Read on its own, so that a claim of another version that this one cannot read does not invalidate the token.
        claims: decode_claims(token).map(ExtraClaims::of_token).unwrap_or_default(),
    };
    Ok(Genuine { kid, token, iat: claims.iat, exp: claims.exp, nbf: claims.nbf })
}

/// The owner of an access token that a client sends with a refresh; the token may have expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOwner {
    /// The token belongs to this session.
    Session(SessionId),
    /// The key of the token has been retired, so its signature cannot be verified. A device that was switched off for a
    /// week may send such a token, and must not be signed out because of it.
    RetiredKey,
    /// This server did not sign it.
    Forged,
}

/// Checks the signature and the session of an access token, and nothing else.
pub fn owner_of(keyring: &Keyring, token: &str) -> TokenOwner {
    match verify_signature(keyring, token) {
        Ok((_, claims)) => SessionId::parse(&claims.sid).map_or(TokenOwner::Forged, TokenOwner::Session),
        Err(_) if is_of_retired_key(keyring, token) => TokenOwner::RetiredKey,
        Err(_) => TokenOwner::Forged,
    }
}

/// The claims of a token that this server signed, expired or not; `None` for any other.
pub fn claims(keyring: &Keyring, token: &str) -> Option<Claims> {
    verify_signature(keyring, token).ok().map(|(_, claims)| claims)
}

fn is_of_retired_key(keyring: &Keyring, token: &str) -> bool {
    let header = token.split('.').next().filter(|_| token.len() <= LONGEST);
    header.and_then(|header| decode::<PresentedHeader>(header).ok()).is_some_and(|header| {
        header.alg == "ES256" && header.typ == "at+jwt" && keyring.signing_key(&header.kid).is_none()
    })
}

/// Verifies the signature; returns the id of the key and the claims.
fn verify_signature(keyring: &Keyring, token: &str) -> Result<(String, Claims), TokenError> {
    if token.len() > LONGEST {
        return Err(TokenError::Invalid);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
    let (header, claims) = message.split_once('.').ok_or(TokenError::Invalid)?;

    // `kid` only selects one of the keyring's keys, and the algorithm is fixed, so neither `none` nor an HMAC with the
    // public key as its secret can succeed (RFC 8725 §3.1).
    let header: PresentedHeader = decode(header)?;
    if header.alg != "ES256" || header.typ != "at+jwt" || header.has_crit {
        return Err(TokenError::Invalid);
    }
    let key = keyring.signing_key(&header.kid).ok_or(TokenError::Invalid)?;
    match crypto::verify(signature, message.as_bytes(), &key.public, Algorithm::ES256) {
        Ok(true) => {}
        _ => return Err(TokenError::Invalid),
    }

    Ok((header.kid, decode(claims)?))
}

/// All claims of a token that has been verified.
fn decode_claims(token: &str) -> Result<Map<String, Value>, TokenError> {
    decode(token.split('.').nth(1).ok_or(TokenError::Invalid)?)
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Invalid)?;
    // serde would accept a list for an object, by the order of its fields (RFC 7519 §7.2 requires an object).
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(TokenError::Invalid);
    }
    serde_json::from_slice(&json).map_err(|_| TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hooks::ClaimsError;

    #[test]
    fn each_claim_of_latchkey_is_reserved() {
        let claims = Claims {
            iss: String::new(),
            aud: String::new(),
            sub: String::new(),
            client_id: String::new(),
            sid: String::new(),
            generation: 0,
            jti: String::new(),
            iat: 0,
            exp: 0,
            username: String::new(),
            roles: Vec::new(),
            nbf: Some(0),
        };
        let Value::Object(claims) = serde_json::to_value(claims).unwrap() else { panic!("not an object") };
        assert_eq!(claims.len(), 12);
        for (name, value) in claims {
            let added = Map::from_iter([(name.clone(), value)]);
            assert_eq!(ExtraClaims::new(added), Err(ClaimsError::Reserved(name)));
        }
    }
}
