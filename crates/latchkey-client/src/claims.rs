//! The claims of an access token, read without verification. The client shows them to developers, and compares two
//! tokens of one session by age. It makes no decision about access with them; only the server, and services with its
//! public keys, verify tokens.

use crate::record::Record;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use latchkey_wire::{AccessToken, json};
use serde::Deserialize;

/// The claims of an access token (RFC 9068 §2.2) that the client uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct UnverifiedClaims {
    /// `sid`: the session that the token belongs to.
    #[serde(rename = "sid")]
    pub session: Option<String>,
    /// `gen`: how many times the session's refresh token had been rotated.
    #[serde(rename = "gen")]
    pub generation: Option<u64>,
}

impl UnverifiedClaims {
    /// The claims of a token; `None` if it does not have the form of a JWT (RFC 7519 §3).
    #[inline]
    pub fn of(token: &AccessToken) -> Option<Self> {
        json::read(&payload(token)?).ok()
    }

    /// Whether this token belongs to the same session as the other and to a later generation of it.
    pub fn is_later_than(&self, other: &Self) -> bool {
        self.session.is_some() && self.session == other.session && self.generation > other.generation
    }
}

/// The payload of a token, a JSON object with all claims; `None` for text without a payload.
pub fn payload(token: &AccessToken) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(token.expose().split('.').nth(1)?).ok()
}

/// The session that the record's tokens belong to, by its `sid`.
#[inline]
pub fn session_of(record: &Record) -> Option<String> {
    UnverifiedClaims::of(&record.token)?.session
}

/// Whether this record has tokens of the same session, and of a later generation.
#[inline]
pub fn is_later(record: &Record, than: &Record) -> bool {
    matches!(
        (UnverifiedClaims::of(&record.token), UnverifiedClaims::of(&than.token)),
        (Some(claims), Some(others)) if claims.is_later_than(&others)
    )
}

/// Tests, and the tokens for those of other modules.
#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::record::tests::record;
    use serde_json::json;

    /// An access token with the claims that the client uses.
    pub fn token(session: &str, generation: u64) -> String {
        let claims = json!({ "sid": session, "gen": generation, "roles": ["Manager"] });
        format!("e30.{}.c2ln", Base64UrlUnpadded::encode_string(claims.to_string().as_bytes()))
    }

    fn claims(session: &str, generation: u64) -> UnverifiedClaims {
        UnverifiedClaims::of(&AccessToken::from(token(session, generation))).expect("a token")
    }

    #[test]
    fn claims_of_a_token_contain_session_and_generation() {
        let claims = claims("s1", 7);
        assert_eq!((claims.session.as_deref(), claims.generation), (Some("s1"), Some(7)));
    }

    #[test]
    fn malformed_token_has_no_claims() {
        for bad in ["", "a", "a.b.c", "..", "a.%.c", "e30.bnVsbA.c2ln", "e30.eyJnZW4iOiIxIn0.c2ln"] {
            assert_eq!(UnverifiedClaims::of(&AccessToken::from(bad.to_owned())), None, "{bad}");
        }
    }

    #[test]
    fn later_claims_need_same_session_and_higher_generation() {
        assert!(claims("s1", 8).is_later_than(&claims("s1", 7)));
        assert!(!claims("s1", 7).is_later_than(&claims("s1", 7)));
        assert!(!claims("s1", 6).is_later_than(&claims("s1", 7)));
        assert!(!claims("s2", 8).is_later_than(&claims("s1", 7)));
        let nobodys = UnverifiedClaims::default();
        assert!(!nobodys.is_later_than(&nobodys));
    }

    #[test]
    fn later_record_needs_same_session_and_later_generation() {
        let own = record(&token("s1", 2), "lkr_2");
        assert!(is_later(&record(&token("s1", 3), "lkr_3"), &own));
        assert!(!is_later(&record(&token("s1", 1), "lkr_1"), &own));
        assert!(!is_later(&record(&token("s2", 9), "lkr_9"), &own), "of another session");
        assert!(!is_later(&record("a.b.c", "lkr_3"), &own));
    }
}
