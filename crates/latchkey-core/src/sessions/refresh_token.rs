//! Refresh tokens: a prefix, and base64url of session id ‖ generation ‖ tag.
//!
//! The tag is HMAC-SHA256 (RFC 2104) under the keyring's secret over the id, the generation and 32 random bytes that
//! only the session's row holds. So the database contains no valid token, and an attacker needs both the database and
//! the keyring to forge one. The server can compute a token again, so a retry gets the same successor although it is
//! not stored.

use super::keyring::{Keyring, TagSecret};
use super::lifecycle::Generation;
use crate::ids::SessionId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_wire::{REFRESH_TOKEN_PREFIX, RefreshToken};
use std::fmt;

const BYTES: usize = 16 + 4 + 32;

/// The random bytes in a session's row that are part of each of its tags.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RowSecret([u8; 32]);

impl RowSecret {
    /// Creates it from random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses [its text](Self::to_text); `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The text in the database.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for RowSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowSecret(…)")
    }
}

/// A well-formed refresh token. [`is_genuine`](Self::is_genuine) tells whether the server issued it.
#[derive(Clone, PartialEq, Eq)]
pub struct ParsedRefreshToken {
    /// The session that it belongs to.
    pub session: SessionId,
    /// Its generation.
    pub generation: Generation,
    tag: [u8; 32],
}

impl ParsedRefreshToken {
    /// Parses a presented text with this prefix, or with Latchkey's default one, which tokens have that were issued
    /// before the application chose another prefix; `None` if it is not a well-formed refresh token.
    pub fn parse(text: &str, prefix: &str) -> Option<Self> {
        let encoded = text.strip_prefix(prefix).or_else(|| text.strip_prefix(REFRESH_TOKEN_PREFIX))?;
        // Checked before decoding, so that a long text costs nothing.
        if encoded.len() != BYTES.div_ceil(3) * 4 - 2 {
            return None;
        }
        let bytes: [u8; BYTES] = URL_SAFE_NO_PAD.decode(encoded).ok()?.try_into().ok()?;
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, tag) = rest.split_first_chunk::<4>()?;
        Some(Self {
            session: SessionId::from_bytes(*id),
            generation: Generation(u32::from_be_bytes(*generation)),
            tag: tag.try_into().ok()?,
        })
    }

    /// The token of this generation, tagged under this secret of the keyring.
    pub fn mint(tag_secret: &TagSecret, session: SessionId, generation: Generation, secret: RowSecret) -> Self {
        Self { session, generation, tag: tag_secret.tag(&message(session, generation, secret)) }
    }

    /// Whether a secret of the keyring made the tag. The comparison takes constant time, so its time does not reveal
    /// how many bytes were right.
    pub fn is_genuine(&self, keyring: &Keyring, secret: RowSecret) -> bool {
        keyring.tag_is_ours(&message(self.session, self.generation, secret), &self.tag)
    }

    /// The text that the client gets, with this prefix.
    pub fn encode(&self, prefix: &str) -> RefreshToken {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.extend_from_slice(self.session.as_bytes());
        bytes.extend_from_slice(&self.generation.0.to_be_bytes());
        bytes.extend_from_slice(&self.tag);
        RefreshToken::from(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }
}

impl fmt::Debug for ParsedRefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParsedRefreshToken({}, generation {})", self.session, self.generation.0)
    }
}

/// The message that the tag authenticates. Every part has a fixed length, so different parts always make different
/// messages.
fn message(session: SessionId, generation: Generation, secret: RowSecret) -> [u8; 52] {
    let mut message = [0; 52];
    message[..16].copy_from_slice(session.as_bytes());
    message[16..20].copy_from_slice(&generation.0.to_be_bytes());
    message[20..].copy_from_slice(&secret.0);
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::random::SystemRandom;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn keyring() -> Keyring {
        Keyring::generate(&SystemRandom, NOW).unwrap()
    }

    fn mint(keyring: &Keyring, id: SessionId, secret: RowSecret) -> ParsedRefreshToken {
        ParsedRefreshToken::mint(keyring.secret_in_use(NOW), id, Generation(7), secret)
    }

    #[test]
    fn parsed_token_equals_the_minted_one() {
        let (keyring, id, secret) = (keyring(), SessionId::from_bytes([3; 16]), RowSecret([9; 32]));
        let token = mint(&keyring, id, secret);
        let text = token.encode("lkr_");
        let parsed = ParsedRefreshToken::parse(text.expose(), "lkr_").unwrap();
        assert_eq!(parsed, token);
        assert!(parsed.is_genuine(&keyring, secret));
        assert_eq!(mint(&keyring, id, secret), token);
        assert!(!format!("{token:?}").contains(&text.expose()[40..]));
    }

    #[test]
    fn token_with_a_forged_part_is_not_genuine() {
        let (ours, id, secret) = (keyring(), SessionId::from_bytes([3; 16]), RowSecret([9; 32]));
        let token = mint(&ours, id, secret);
        let other_generation = ParsedRefreshToken { generation: Generation(8), ..token.clone() };
        let other_session = ParsedRefreshToken { session: SessionId::from_bytes([4; 16]), ..token.clone() };
        assert!(!other_generation.is_genuine(&ours, secret));
        assert!(!other_session.is_genuine(&ours, secret));
        assert!(!token.is_genuine(&ours, RowSecret([8; 32])), "the database alone must not do");
        assert!(!token.is_genuine(&keyring(), secret), "the keyring alone must not do");
    }

    #[test]
    fn malformed_refresh_token_is_not_parsed() {
        let good = mint(&keyring(), SessionId::from_bytes([3; 16]), RowSecret([9; 32])).encode("lkr_");
        let good = good.expose();
        for bad in [
            "",
            "lkr_",
            &good[4..],
            &good[..good.len() - 1],
            &format!("{good}A"),
            &format!("{good}="),
            &format!(" {good}"),
            &good.replace("lkr_", "LKR_"),
            &format!("lkr_{}", "é".repeat(35)),
            &format!("lkr_{}", "+".repeat(70)),
        ] {
            assert!(ParsedRefreshToken::parse(bad, "lkr_").is_none(), "{bad}");
        }
    }

    #[test]
    fn token_from_before_a_new_prefix_is_still_a_token() {
        let (keyring, id, secret) = (keyring(), SessionId::from_bytes([3; 16]), RowSecret([9; 32]));
        let token = mint(&keyring, id, secret);
        let (before, now) = (token.encode(REFRESH_TOKEN_PREFIX), token.encode("acme_"));
        assert!(now.expose().starts_with("acme_"));
        for text in [&before, &now] {
            assert_eq!(ParsedRefreshToken::parse(text.expose(), "acme_").as_ref(), Some(&token));
        }
        assert!(ParsedRefreshToken::parse(now.expose(), "other_").is_none());
        assert!(ParsedRefreshToken::parse(&format!("acme_{}", before.expose()), "acme_").is_none());
    }
}
