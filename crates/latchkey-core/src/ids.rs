//! The ids of users and sessions, as in tokens, rows and requests.

use crate::random::{self, Random};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// The id of a session: 128 bits; as text, 22 characters of base64url.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId([u8; 16]);

impl SessionId {
    /// Creates an id from random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Parses its text; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

/// The highest length of a user's id, in bytes.
const LONGEST_USER_ID: usize = 64;

/// The id of a user: up to 64 ASCII letters, digits, `-` and `_`. New ids are 128 bits as base64url.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserId(String);

impl UserId {
    /// A new random id.
    pub fn generate(random: &dyn Random) -> Self {
        Self(random::id(random))
    }

    /// Parses its text; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_id = (1..=LONGEST_USER_ID).contains(&text.len()) && text.bytes().all(allowed);
        is_id.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn session_id_parses_only_its_canonical_text() {
        let id = SessionId::from_bytes([3; 16]);
        assert_eq!(SessionId::parse(&id.to_string()), Some(id));
        for bad in [
            "",
            "x",
            "AwMDAwMDAwMDAwMDAwMDA",
            "AwMDAwMDAwMDAwMDAwMDAx",
            "AwMDAwMDAwMDAwMDAwMDAw==",
            "AwMDAwMDAwMDAwMDAwMDAwMD",
            "session-1",
        ] {
            assert_eq!(SessionId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn user_id_parses_only_short_base64url_text() {
        let fresh = UserId::generate(&SystemRandom);
        assert_eq!(UserId::parse(fresh.as_str()), Some(fresh));
        assert!(UserId::parse("demo-johndoe").is_some() && UserId::parse(&"x".repeat(64)).is_some());
        for bad in ["", " ", "a b", "a'--", "a.b", "ä", "a\u{0}", &"x".repeat(65)] {
            assert_eq!(UserId::parse(bad), None, "{bad:?}");
        }
    }
}
