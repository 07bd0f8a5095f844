//! The keyring: the secrets that must not be in the database, in one separate JSON file.
//!
//! It contains the HMAC secrets for refresh tokens (newest first; all of them verify tags) and the ES256 keys for
//! access tokens by `kid` (the first signs, all verify). [`format`](mod@format) defines the JSON, [`file`](mod@file)
//! reads and writes it, [`live`] loads changes while the server runs, and [`retire`] decides which keys may be removed.

pub mod file;
pub mod format;
pub mod live;
pub mod retire;

use crate::clock::Timestamp;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use format::{FORMAT, HmacEntry, KeyringFile, SigningEntry};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use std::collections::HashSet;
use std::fmt;

/// The keys, ready for use.
pub struct Keyring {
    secrets: NewestFirst<TagSecret>,
    signing: NewestFirst<SigningKey>,
}

/// Keys of one kind, at least one.
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

    fn oldest(&self) -> &K {
        self.older.last().unwrap_or(&self.newest)
    }
}

/// One HMAC secret. Its id is public.
struct TagSecret {
    id: String,
    created_at: Option<Timestamp>,
    key: hmac::Key,
}

/// One ES256 key pair (RFC 7518 §3.4).
pub struct SigningKey {
    /// The key's id, which the header of a token has.
    pub kid: String,
    created_at: Option<Timestamp>,
    /// Signs.
    pub private: EncodingKey,
    /// Verifies.
    pub public: DecodingKey,
    x: String,
    y: String,
}

/// Public keys, the one that signs new tokens first (RFC 7517 §5).
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JwkSet {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// The public half of a signing key (RFC 7517 §4, RFC 7518 §6.2.1).
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwk {
    /// The key type, `EC`.
    pub kty: &'static str,
    /// The curve, `P-256`.
    pub crv: &'static str,
    /// What the key is for, `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// The algorithm, `ES256`.
    pub alg: &'static str,
    /// The key's id, which the header of a token has.
    pub kid: String,
    /// The x coordinate in base64url.
    pub x: String,
    /// The y coordinate in base64url.
    pub y: String,
}

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

/// The public facts about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// The `kid` of a signing key, or the id of a secret.
    pub id: String,
    /// What the key is for.
    pub kind: KeyKind,
    /// When it was created; `None` if the file has no readable time.
    pub created_at: Option<Timestamp>,
    /// Whether new tokens are made with it.
    pub state: KeyState,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Signs access tokens.
    Signing,
    /// Tags refresh tokens.
    Secret,
}

/// Whether new tokens are made with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// The newest of its kind.
    InUse,
    /// It verifies tokens from before a newer key replaced it.
    Older {
        /// When a newer key replaced it; `None` if the file does not have that time.
        replaced_at: Option<Timestamp>,
    },
}

impl Keyring {
    /// Validates the file and prepares the keys for use.
    ///
    /// # Errors
    /// What is wrong with the file, without quoting it.
    pub fn new(file: &KeyringFile) -> Result<Self, &'static str> {
        if file.version != FORMAT {
            return Err("its format has another number");
        }
        let secrets = file.hmac.iter().map(TagSecret::new).collect::<Option<Vec<_>>>().ok_or("a secret is damaged")?;
        let signing = file.signing.iter().map(SigningKey::new).collect::<Option<Vec<_>>>().ok_or("a key is damaged")?;
        // Another service could pick the wrong one of two keys with one `kid`.
        let names: HashSet<_> = signing.iter().map(|key| &key.kid).collect();
        if names.len() < signing.len() {
            return Err("two keys have one kid");
        }
        let (secrets, signing) = (NewestFirst::new(secrets), NewestFirst::new(signing));
        Ok(Self { secrets: secrets.ok_or("it lacks a secret")?, signing: signing.ok_or("it lacks a key")? })
    }

    /// The id of the secret that tags new refresh tokens.
    pub fn newest_secret_id(&self) -> &str {
        &self.secrets.newest.id
    }

    /// The secret that tags new refresh tokens.
    pub fn newest_tag_key(&self) -> TagKey {
        TagKey::Secret(self.secrets.newest.id.clone())
    }

    /// The tag of a message under this secret, or under the newest secret if this one was retired.
    pub fn tag(&self, tag_key: &TagKey, message: &[u8]) -> [u8; 32] {
        let secret = match tag_key {
            TagKey::Secret(id) => self.secrets.iter().find(|secret| secret.id == *id).unwrap_or(&self.secrets.newest),
            TagKey::Oldest => self.secrets.oldest(),
        };
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(&secret.key, message).as_ref());
        tag
    }

    /// Whether any secret of the keyring made this tag, compared in constant time.
    pub fn tag_is_ours(&self, message: &[u8], tag: &[u8; 32]) -> bool {
        self.secrets.iter().any(|secret| hmac::verify(&secret.key, message, tag).is_ok())
    }

    /// The key that signs new access tokens.
    pub fn newest_signing_key(&self) -> &SigningKey {
        &self.signing.newest
    }

    /// The key with this `kid`.
    pub fn signing_key(&self, kid: &str) -> Option<&SigningKey> {
        self.signing.iter().find(|key| key.kid == kid)
    }

    /// The facts about every key, newest of its kind first.
    pub fn facts(&self) -> Vec<KeyFacts> {
        let signing = facts(KeyKind::Signing, self.signing.iter().map(|key| (&key.kid, key.created_at)));
        let secrets = facts(KeyKind::Secret, self.secrets.iter().map(|secret| (&secret.id, secret.created_at)));
        signing.chain(secrets).collect()
    }

    /// The public keys.
    pub fn jwks(&self) -> JwkSet {
        let public = |key: &SigningKey| Jwk {
            kty: "EC",
            crv: "P-256",
            usage: "sig",
            alg: "ES256",
            kid: key.kid.clone(),
            x: key.x.clone(),
            y: key.y.clone(),
        };
        JwkSet { keys: self.signing.iter().map(public).collect() }
    }
}

fn facts<'a>(
    kind: KeyKind,
    keys: impl Iterator<Item = (&'a String, Option<Timestamp>)>,
) -> impl Iterator<Item = KeyFacts> {
    keys.scan(None, move |newer: &mut Option<Option<Timestamp>>, (id, created_at)| {
        let state = match newer.replace(created_at) {
            None => KeyState::InUse,
            // A key was not replaced before it was created, even if the clock was set back in between.
            Some(newer) => KeyState::Older { replaced_at: newer.zip(created_at).map(|(newer, own)| newer.max(own)) },
        };
        Some(KeyFacts { id: id.clone(), kind, created_at, state })
    })
}

impl TagSecret {
    /// The id is a MAC by the secret itself: the file needs no field for it, and it reveals no more about the secret
    /// than any other MAC. Tags are MACs of longer messages, so an id is never a valid tag.
    fn new(entry: &HmacEntry) -> Option<Self> {
        let secret = URL_SAFE_NO_PAD.decode(&entry.secret).ok()?;
        if secret.len() < 32 {
            return None;
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let id = URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"latchkey secret id").as_ref().get(..12)?);
        Some(Self { id, created_at: Timestamp::parse(&entry.created_at), key })
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
            created_at: Timestamp::parse(&entry.created_at),
            private: EncodingKey::from_ec_der(&pkcs8),
            public: DecodingKey::from_ec_components(&x, &y).ok()?,
            x,
            y,
        })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} secrets, {} signing keys)", self.secrets.iter().count(), self.signing.iter().count())
    }
}

#[cfg(test)]
impl Keyring {
    /// A keyring without a file.
    pub fn generate(random: &dyn crate::random::Random, now: Timestamp) -> Option<Self> {
        Self::new(&KeyringFile::generate(random, now)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    /// Created at 10 s, rotated after the clock was set back, and rotated again with a correct clock.
    fn three() -> KeyringFile {
        let mut file = KeyringFile::generate(&SystemRandom, at(10)).unwrap();
        file.rotate(&SystemRandom, at(5)).unwrap();
        file.rotate(&SystemRandom, at(20)).unwrap();
        file
    }

    #[test]
    fn newest_key_is_in_use_and_older_keys_have_end_times() {
        let facts = Keyring::new(&three()).unwrap().facts();
        for kind in [KeyKind::Signing, KeyKind::Secret] {
            let states: Vec<_> = facts.iter().filter(|key| key.kind == kind).map(|key| key.state).collect();
            let older = |seconds| KeyState::Older { replaced_at: Some(at(seconds)) };
            assert_eq!(states, [KeyState::InUse, older(20), older(10)]);
        }
    }

    #[test]
    fn tag_is_made_with_the_named_secret() {
        let file = three();
        let keyring = Keyring::new(&file).unwrap();
        let alone = |n: usize| {
            let HmacEntry { created_at, secret } = &file.hmac[n];
            let hmac = vec![HmacEntry { created_at: created_at.clone(), secret: secret.clone() }];
            let signing = KeyringFile::generate(&SystemRandom, at(0)).unwrap().signing;
            Keyring::new(&KeyringFile { version: 1, hmac, signing }).unwrap()
        };
        let tag_of = |n: usize| alone(n).tag(&alone(n).newest_tag_key(), b"message");
        assert_eq!(keyring.tag(&keyring.newest_tag_key(), b"message"), tag_of(0));
        assert_eq!(keyring.tag(&alone(1).newest_tag_key(), b"message"), tag_of(1));
        assert_eq!(keyring.tag(&TagKey::Secret("retired".to_owned()), b"message"), tag_of(0));
        assert_eq!(keyring.tag(&TagKey::Oldest, b"message"), tag_of(2), "a row without the id");
    }
}
