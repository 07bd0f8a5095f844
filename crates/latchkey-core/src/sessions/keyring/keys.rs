//! The keys of the keyring, prepared for use from their entries in the file.

use super::facts::KeyKind;
use super::format::{HmacEntry, SigningEntry};
use super::in_use::{Key, KeyTimes};
use crate::clock::Timestamp;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};

/// Which secret of the keyring tags the refresh token of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagKey {
    /// The secret with this id.
    Secret(String),
    /// The oldest secret, for a session whose row has no id: the row is older than the column, and the keyring had only
    /// one secret at that time.
    Oldest,
}

impl TagKey {
    /// From the column `tag_key`.
    pub fn from_column(id: Option<String>) -> Self {
        id.map_or(Self::Oldest, Self::Secret)
    }
}

/// One HMAC secret, which tags refresh tokens. Its id is public.
pub struct TagSecret {
    id: String,
    times: KeyTimes,
    pub(super) key: hmac::Key,
}

/// One ES256 key pair (RFC 7518 §3.4).
pub struct SigningKey {
    /// The key's id, which the header of a token has.
    pub kid: String,
    times: KeyTimes,
    /// Signs.
    pub private: EncodingKey,
    /// Verifies.
    pub public: DecodingKey,
    pub(super) x: String,
    pub(super) y: String,
}

/// The times of an entry.
fn times(created_at: &str, signs_from: Option<&str>) -> Result<KeyTimes, &'static str> {
    // A wrong `createdAt` only keeps the key from being retired; a key with a wrong `signsFrom` could sign too early.
    let signs_from =
        signs_from.map(|from| Timestamp::parse(from).ok_or("a key's signsFrom is not a time")).transpose()?;
    Ok(KeyTimes { created_at: Timestamp::parse(created_at), signs_from })
}

impl TagSecret {
    /// The id is a MAC by the secret itself: the file needs no field for it, and it reveals no more about the secret
    /// than any other MAC. Tags are MACs of longer messages, so an id is never a valid tag.
    pub(super) fn new(entry: &HmacEntry) -> Result<Self, &'static str> {
        let times = times(&entry.created_at, entry.signs_from.as_deref())?;
        let (id, key) = hmac_key(&entry.secret).ok_or("a secret is damaged")?;
        Ok(Self { id, times, key })
    }

    /// The id, for the column `tag_key`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The reference to this secret in a session.
    pub fn tag_key(&self) -> TagKey {
        TagKey::Secret(self.id.clone())
    }

    /// The tag of a message.
    pub fn tag(&self, message: &[u8]) -> [u8; 32] {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(&self.key, message).as_ref());
        tag
    }
}

fn hmac_key(secret: &str) -> Option<(String, hmac::Key)> {
    let secret = URL_SAFE_NO_PAD.decode(secret).ok().filter(|secret| secret.len() >= 32)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    let id = URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"latchkey secret id").as_ref().get(..12)?);
    Some((id, key))
}

impl SigningKey {
    pub(super) fn new(entry: &SigningEntry) -> Result<Self, &'static str> {
        let times = times(&entry.created_at, entry.signs_from.as_deref())?;
        Self::with_times(entry, times).ok_or("a key is damaged")
    }

    fn with_times(entry: &SigningEntry, times: KeyTimes) -> Option<Self> {
        let pkcs8 = URL_SAFE_NO_PAD.decode(&entry.pkcs8).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).ok()?;
        // An uncompressed point (SEC 1 §2.3.3): 4, then 32 bytes of x, then 32 of y.
        let (x, y) = pair.public_key().as_ref().strip_prefix(&[4])?.split_at_checked(32)?;
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        if entry.kid.is_empty() {
            return None;
        }
        Some(Self {
            kid: entry.kid.clone(),
            times,
            private: EncodingKey::from_ec_der(&pkcs8),
            public: DecodingKey::from_ec_components(&x, &y).ok()?,
            x,
            y,
        })
    }
}

impl Key for TagSecret {
    const KIND: KeyKind = KeyKind::Secret;

    fn id(&self) -> &str {
        &self.id
    }

    fn times(&self) -> KeyTimes {
        self.times
    }
}

impl Key for SigningKey {
    const KIND: KeyKind = KeyKind::Signing;

    fn id(&self) -> &str {
        &self.kid
    }

    fn times(&self) -> KeyTimes {
        self.times
    }
}
