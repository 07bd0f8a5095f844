//! Access tokens: JWTs by RFC 9068, signed with ES256.
//!
//! `jsonwebtoken` signs and verifies; what a token must look like is checked here, because the library's own validation
//! accepts a missing `aud` or `iss`, any `typ`, an unknown `crit`, and 60 seconds past `exp`.

use super::keyring::Keyring;
use super::lifecycle::Generation;
use super::verified::{Genuine, VerifiedAccessToken, VerifiedTokens};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, crypto};
use latchkey_wire::{AccessToken, TokenError};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};

/// The client id of RFC 9068 §2.2: tokens are handed out to Latchkey's own users only.
pub const CLIENT_ID: &str = "latchkey";

/// No token of ours comes near this, whatever name, roles and public URL go into it (a test counts); anything longer is
/// refused before it is decoded.
const LONGEST: usize = 4096;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// What must be in a header, and what must not.
#[derive(Deserialize)]
struct PresentedHeader {
    alg: String,
    typ: String,
    kid: String,
    /// Extensions that must be understood (RFC 7515 §4.1.11). We understand none.
    #[serde(default, rename = "crit", deserialize_with = "whatever_it_is")]
    has_crit: bool,
}

fn whatever_it_is<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

/// The claims of a token of ours.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer and audience: both are the public URL.
    pub iss: String,
    pub aud: String,
    /// The user's id.
    pub sub: String,
    pub client_id: String,
    /// The session's id.
    pub sid: String,
    #[serde(rename = "gen")]
    pub generation: u32,
    pub jti: String,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
    pub username: String,
    pub roles: Vec<String>,
    /// Seconds since 1970: not valid before. We issue none, but respect it (RFC 7519 §4.1.5).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "a_number")]
    pub nbf: Option<i64>,
}

/// `null` is refused.
fn a_number<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(value).map(Some)
}

/// Signs the claims. `None` if the crypto library fails, which is not expected.
pub fn sign(keyring: &Keyring, claims: &Claims) -> Option<AccessToken> {
    let key = keyring.newest_signing_key();
    let header = Header { alg: "ES256", typ: "at+jwt", kid: &key.kid };
    let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).ok()?);
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).ok()?);
    let message = format!("{header}.{claims}");
    let signature = crypto::sign(message.as_bytes(), &key.private, Algorithm::ES256).ok()?;
    Some(AccessToken::from(format!("{message}.{signature}")))
}

/// Checks a presented token (RFC 9068 §4) without leeway. The caller must check its session in the database.
///
/// # Errors
/// [`TokenError::Expired`] for a token of ours that has expired; [`TokenError::Invalid`] for all other faults.
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
    // Issued in the future: our own clock was set back, or the token is wrong. One second is allowed for rounding.
    if genuine.iat > now.seconds() + 1 {
        return Err(TokenError::Invalid);
    }
    if genuine.nbf.is_some_and(|nbf| nbf > now.seconds()) {
        return Err(TokenError::Invalid);
    }
    Ok(genuine.token)
}

/// The facts about a token that do not change while its key is in the keyring.
fn verify_claims(keyring: &Keyring, issuer: &str, token: &str) -> Result<Genuine, TokenError> {
    let (kid, claims) = verify_signature(keyring, token)?;
    if claims.iss != issuer || claims.aud != issuer || claims.client_id != CLIENT_ID {
        return Err(TokenError::Invalid);
    }
    let token = VerifiedAccessToken {
        session: SessionId::parse(&claims.sid).ok_or(TokenError::Invalid)?,
        generation: Generation(claims.generation),
        user_id: UserId::parse(&claims.sub).ok_or(TokenError::Invalid)?,
    };
    Ok(Genuine { kid, token, iat: claims.iat, exp: claims.exp, nbf: claims.nbf })
}

/// Whose session an access token belongs to that is given along with a refresh, expired or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOwner {
    /// It belongs to this session.
    Session(SessionId),
    /// Its key has been retired, so it cannot be verified. A device that has slept for a week sends such a token, and
    /// must not be signed out for that.
    RetiredKey,
    /// We did not sign it.
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

/// The claims of a token that we signed, expired or not; `None` for any other.
pub fn claims(keyring: &Keyring, token: &str) -> Option<Claims> {
    verify_signature(keyring, token).ok().map(|(_, claims)| claims)
}

fn is_of_retired_key(keyring: &Keyring, token: &str) -> bool {
    let header = token.split('.').next().filter(|_| token.len() <= LONGEST);
    header.and_then(|header| decode::<PresentedHeader>(header).ok()).is_some_and(|header| {
        header.alg == "ES256" && header.typ == "at+jwt" && keyring.signing_key(&header.kid).is_none()
    })
}

/// The key's id and the claims of a token that is ours.
fn verify_signature(keyring: &Keyring, token: &str) -> Result<(String, Claims), TokenError> {
    if token.len() > LONGEST {
        return Err(TokenError::Invalid);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
    let (header, claims) = message.split_once('.').ok_or(TokenError::Invalid)?;

    // The key is chosen by `kid` among our own, and the algorithm is ours: nothing in the token picks either
    // (RFC 8725 §3.1), so neither `none` nor an HMAC under the public key gets anywhere.
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

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Invalid)?;
    // serde would take a list for an object, by the order of its fields (RFC 7519 §7.2 wants an object).
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(TokenError::Invalid);
    }
    serde_json::from_slice(&json).map_err(|_| TokenError::Invalid)
}
