//! The keyring: the secrets that must not be in the database, in one JSON file beside it.
//!
//! It holds the HMAC secrets of refresh tokens (newest first; a tag is tried against each) and the ES256 keys of access
//! tokens by `kid` (the first one signs, all of them verify). Reading and writing the file is `keyring_file.rs`.

use crate::server::clock::Timestamp;
use crate::server::random::{self, Random};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;

/// What the file says. Base64url throughout.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyringFile {
    /// The layout of this file; 1.
    pub version: u32,
    pub hmac: Vec<HmacEntry>,
    pub signing: Vec<SigningEntry>,
}

/// A secret under which refresh tokens are tagged.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HmacEntry {
    pub created_at: String,
    pub secret: String,
}

/// A key that signs access tokens.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SigningEntry {
    pub kid: String,
    pub created_at: String,
    /// The private key, PKCS#8 (RFC 5958).
    pub pkcs8: String,
}

/// The keys, ready for use.
pub struct Keyring {
    tagging: NewestFirst<hmac::Key>,
    signing: NewestFirst<SigningKey>,
}

/// Keys of one kind, of which there is always one.
struct NewestFirst<K> {
    newest: K,
    older: Vec<K>,
}

impl<K> NewestFirst<K> {
    fn new(mut keys: Vec<K>) -> Option<Self> {
        let older = keys.split_off(1.min(keys.len()));
        Some(Self { newest: keys.pop()?, older })
    }

    fn iter(&self) -> impl Iterator<Item = &K> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

/// One ES256 key pair (RFC 7518 §3.4).
pub struct SigningKey {
    pub kid: String,
    pub private: EncodingKey,
    pub public: DecodingKey,
    x: String,
    y: String,
}

impl KeyringFile {
    /// A keyring with one fresh key of each kind. `None` if the crypto library fails, which it has no reason to.
    pub fn generate(random: &dyn Random, now: Timestamp) -> Option<Self> {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &aws_lc_rs::rand::SystemRandom::new())
                .ok()?;
        Some(Self {
            version: 1,
            hmac: vec![HmacEntry {
                created_at: now.to_string(),
                secret: URL_SAFE_NO_PAD.encode(random::bytes::<32>(random)),
            }],
            signing: vec![SigningEntry {
                kid: random::id(random),
                created_at: now.to_string(),
                pkcs8: URL_SAFE_NO_PAD.encode(pkcs8),
            }],
        })
    }
}

impl Keyring {
    /// Checks what the file says and makes it ready for use.
    ///
    /// # Errors
    /// What is wrong with it, without quoting any of it.
    pub fn new(file: &KeyringFile) -> Result<Self, &'static str> {
        if file.version != 1 {
            return Err("it was written by a newer version of Latchkey");
        }
        let tagging = file.hmac.iter().map(tagging_key).collect::<Option<Vec<_>>>().ok_or("a secret is damaged")?;
        let signing = file.signing.iter().map(SigningKey::new).collect::<Option<Vec<_>>>().ok_or("a key is damaged")?;
        let (tagging, signing) = (NewestFirst::new(tagging), NewestFirst::new(signing));
        Ok(Self { tagging: tagging.ok_or("it lacks a secret")?, signing: signing.ok_or("it lacks a key")? })
    }

    /// A keyring that is in no file.
    #[cfg(test)]
    pub fn generate(random: &dyn Random, now: Timestamp) -> Option<Self> {
        Self::new(&KeyringFile::generate(random, now)?).ok()
    }

    /// The tag of a message, under the newest secret.
    pub fn tag(&self, message: &[u8]) -> [u8; 32] {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(&self.tagging.newest, message).as_ref());
        tag
    }

    /// Whether any of our secrets made this tag, compared in constant time.
    pub fn tag_is_ours(&self, message: &[u8], tag: &[u8; 32]) -> bool {
        self.tagging.iter().any(|key| hmac::verify(key, message, tag).is_ok())
    }

    /// The key that signs new access tokens.
    pub fn newest_signing_key(&self) -> &SigningKey {
        &self.signing.newest
    }

    /// The key with this `kid`.
    pub fn signing_key(&self, kid: &str) -> Option<&SigningKey> {
        self.signing.iter().find(|key| key.kid == kid)
    }

    /// The public halves as a JWK Set (RFC 7517 §5).
    pub fn jwks(&self) -> serde_json::Value {
        let keys: Vec<_> = self
            .signing
            .iter()
            .map(|key| {
                json!({
                    "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
                    "kid": key.kid, "x": key.x, "y": key.y,
                })
            })
            .collect();
        json!({ "keys": keys })
    }
}

impl SigningKey {
    fn new(entry: &SigningEntry) -> Option<Self> {
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
            private: EncodingKey::from_ec_der(&pkcs8),
            public: DecodingKey::from_ec_components(&x, &y).ok()?,
            x,
            y,
        })
    }
}

fn tagging_key(entry: &HmacEntry) -> Option<hmac::Key> {
    let secret = URL_SAFE_NO_PAD.decode(&entry.secret).ok()?;
    (secret.len() >= 32).then(|| hmac::Key::new(hmac::HMAC_SHA256, &secret))
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} secrets, {} signing keys)", self.tagging.iter().count(), self.signing.iter().count())
    }
}
