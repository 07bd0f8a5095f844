//! Fuzzes the token parsers. No token that this server did not issue is accepted, and each accepted token has exactly
//! one encoding.
//!
//! The first byte selects a refresh token, an access token as given, or an access token whose header and claims
//! (separated by a zero byte) are signed with the server's key, so that the code behind the signature check is reached
//! as well.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, crypto};
use latchkey_core::clock::Timestamp;
use latchkey_core::random::SystemRandom;
use latchkey_core::sessions::access_token::TokenOwner;
use latchkey_core::sessions::keyring::{Keyring, file};
use latchkey_core::sessions::{ParsedRefreshToken, RowSecret, VerifiedTokens, access_token};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const ISSUER: &str = "http://127.0.0.1:3000";

static KEYRING: LazyLock<Keyring> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    file::create(&folder.path().join("keyring.json"), &SystemRandom, NOW).unwrap()
});
static VERIFIED: LazyLock<VerifiedTokens> = LazyLock::new(VerifiedTokens::default);

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice % 3 {
        0 => refresh_token(rest),
        1 => access_token(&String::from_utf8_lossy(rest)),
        _ => signed(rest),
    }
});

fn refresh_token(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    if let Some(token) = ParsedRefreshToken::parse(text, "lkr_") {
        assert_eq!(token.encode("lkr_").expose(), text, "two texts for one token");
        assert!(!token.is_genuine(&KEYRING, RowSecret::from_bytes([7; 32])), "a forgery");
    }
}

fn access_token(text: &str) {
    assert!(access_token::verify(&KEYRING, &VERIFIED, ISSUER, text, NOW).is_err(), "a forgery");
    assert!(!matches!(access_token::owner_of(&KEYRING, text), TokenOwner::Session(_)), "a forgery");
}

fn signed(data: &[u8]) {
    let middle = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (header, claims) = (&data[..middle], data.get(middle + 1..).unwrap_or_default());
    // The key's id is random; a corpus can only name it by a placeholder.
    let header = String::from_utf8_lossy(header).replace("KID", &KEYRING.signing_key_in_use(NOW).kid);
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = &KEYRING.signing_key_in_use(NOW).private;
    let signature = crypto::sign(message.as_bytes(), key, Algorithm::ES256).unwrap();
    let _ = access_token::owner_of(&KEYRING, &format!("{message}.{signature}"));
    if access_token::verify(&KEYRING, &VERIFIED, ISSUER, &format!("{message}.{signature}"), NOW).is_ok() {
        let claims: serde_json::Value = serde_json::from_slice(claims).unwrap();
        assert!(claims["iss"] == ISSUER && claims["aud"] == ISSUER, "a token for another service: {claims}");
        assert!(claims["exp"].as_i64().unwrap() > NOW.seconds(), "an expired token");
    }
}
