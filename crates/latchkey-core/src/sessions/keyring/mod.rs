//! The keyring: the secrets that must not be in the database, in one separate JSON file.
//!
//! It contains the HMAC secrets for refresh tokens and the ES256 keys for access tokens by `kid`, newest first. All of
//! them verify; `in_use` decides which one of each kind makes new tokens. [`format`](mod@format) defines the JSON,
//! [`file`](mod@file) reads and writes it, [`live`] loads changes while the server runs, and [`retire`] decides which
//! keys may be removed.

mod facts;
pub mod file;
pub mod format;
mod in_use;
mod keys;
pub mod live;
pub mod retire;

pub use facts::{KeyFacts, KeyKind, KeyState};
pub use keys::{SigningKey, TagKey, TagSecret};

use crate::clock::Timestamp;
use aws_lc_rs::hmac;
use format::{FORMAT, KeyringFile};
use in_use::NewestFirst;
use serde::Serialize;
use std::collections::HashSet;
use std::fmt;

/// The keys, ready for use.
pub struct Keyring {
    secrets: NewestFirst<TagSecret>,
    signing: NewestFirst<SigningKey>,
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

impl Keyring {
    /// Validates the file and prepares the keys for use.
    ///
    /// # Errors
    /// What is wrong with the file, without quoting it.
    pub fn new(file: &KeyringFile) -> Result<Self, &'static str> {
        if !(1..=FORMAT).contains(&file.version) {
            return Err("its format has another number");
        }
        let secrets = file.hmac.iter().map(TagSecret::new).collect::<Result<Vec<_>, _>>()?;
        let signing = file.signing.iter().map(SigningKey::new).collect::<Result<Vec<_>, _>>()?;
        // Another service could pick the wrong one of two keys with one `kid`.
        let names: HashSet<_> = signing.iter().map(|key| &key.kid).collect();
        if names.len() < signing.len() {
            return Err("two keys have one kid");
        }
        let (secrets, signing) = (NewestFirst::new(secrets), NewestFirst::new(signing));
        Ok(Self { secrets: secrets.ok_or("it lacks a secret")?, signing: signing.ok_or("it lacks a key")? })
    }

    /// The secret that tags new refresh tokens at this time.
    pub fn secret_in_use(&self, now: Timestamp) -> &TagSecret {
        self.secrets.in_use(now)
    }

    /// The secret that `tag_key` names, or the one in use if that was retired.
    pub fn secret(&self, tag_key: &TagKey, now: Timestamp) -> &TagSecret {
        match tag_key {
            TagKey::Secret(id) => {
                self.secrets.iter().find(|secret| secret.id() == *id).unwrap_or_else(|| self.secret_in_use(now))
            }
            TagKey::Oldest => self.secrets.oldest(),
        }
    }

    /// Whether any secret of the keyring made this tag, compared in constant time.
    pub fn tag_is_ours(&self, message: &[u8], tag: &[u8; 32]) -> bool {
        self.secrets.iter().any(|secret| hmac::verify(&secret.key, message, tag).is_ok())
    }

    /// The key that signs new access tokens at this time.
    pub fn signing_key_in_use(&self, now: Timestamp) -> &SigningKey {
        self.signing.in_use(now)
    }

    /// The key with this `kid`.
    pub fn signing_key(&self, kid: &str) -> Option<&SigningKey> {
        self.signing.iter().find(|key| key.kid == kid)
    }

    /// The facts about every key at this time, newest of its kind first.
    pub fn facts(&self, now: Timestamp) -> Vec<KeyFacts> {
        [self.signing.facts(now), self.secrets.facts(now)].concat()
    }

    /// Whether it has the same keys with the same times.
    pub fn is_same(&self, other: &Self) -> bool {
        self.signing.is_same(&other.signing) && self.secrets.is_same(&other.secrets)
    }

    /// The public keys. Those that do not sign yet are among them, so that other services know them in time.
    pub fn jwks(&self, now: Timestamp) -> JwkSet {
        let public = |key: &SigningKey| Jwk {
            kty: "EC",
            crv: "P-256",
            usage: "sig",
            alg: "ES256",
            kid: key.kid.clone(),
            x: key.x.clone(),
            y: key.y.clone(),
        };
        let in_use = self.signing_key_in_use(now);
        let others = self.signing.iter().filter(|key| key.kid != in_use.kid);
        JwkSet { keys: std::iter::once(in_use).chain(others).map(public).collect() }
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
        file.rotate(&SystemRandom, at(5), None).unwrap();
        file.rotate(&SystemRandom, at(20), None).unwrap();
        file
    }

    /// Rotated at 20 s; the new keys sign from 81 s on.
    fn published() -> KeyringFile {
        let mut file = KeyringFile::generate(&SystemRandom, at(10)).unwrap();
        file.rotate(&SystemRandom, at(20), Some(at(81))).unwrap();
        file
    }

    fn states(file: &KeyringFile, now: i64) -> [Vec<KeyState>; 2] {
        let facts = Keyring::new(file).unwrap().facts(at(now));
        [KeyKind::Signing, KeyKind::Secret]
            .map(|kind| facts.iter().filter(|key| key.kind == kind).map(|key| key.state).collect())
    }

    #[test]
    fn newest_key_is_in_use_and_older_keys_have_end_times() {
        let older = |seconds| KeyState::Older { replaced_at: Some(at(seconds)) };
        for states in states(&three(), 20) {
            assert_eq!(states, [KeyState::InUse, older(20), older(10)]);
        }
    }

    #[test]
    fn published_keys_of_both_kinds_verify_before_they_sign() {
        let file = published();
        for states in states(&file, 80) {
            assert_eq!(states, [KeyState::Published { signs_from: at(81) }, KeyState::InUse]);
        }
        let keyring = Keyring::new(&file).unwrap();
        let kids = |now| keyring.jwks(at(now)).keys.into_iter().map(|key| key.kid).collect::<Vec<_>>();
        let (new, old) = (file.signing[0].kid.clone(), file.signing[1].kid.clone());
        assert_eq!(kids(80), [old.clone(), new.clone()], "published, after the one that signs");
        assert_eq!(kids(81), [new.clone(), old]);
        assert!(keyring.signing_key(&new).is_some());
        let tag = keyring.secret_in_use(at(81)).tag(b"message");
        assert_ne!(keyring.secret_in_use(at(80)).tag(b"message"), tag);
        assert!(keyring.tag_is_ours(b"message", &tag));
    }

    #[test]
    fn wrong_time_to_sign_from_is_damage() {
        let mut file = published();
        file.hmac[0].signs_from = Some("soon".to_owned());
        assert_eq!(Keyring::new(&file).err(), Some("a key's signsFrom is not a time"));
    }

    #[test]
    fn secret_is_the_named_one_or_the_one_in_use() {
        let file = three();
        let (keyring, now) = (Keyring::new(&file).unwrap(), at(20));
        let alone = |n: usize| {
            let hmac = vec![file.hmac[n].clone()];
            let signing = KeyringFile::generate(&SystemRandom, at(0)).unwrap().signing;
            Keyring::new(&KeyringFile { version: 1, hmac, signing }).unwrap()
        };
        let id_of = |n: usize| alone(n).secret_in_use(now).id().to_owned();
        let found = |tag_key: &TagKey| keyring.secret(tag_key, now).id().to_owned();
        assert_eq!(keyring.secret_in_use(now).id(), id_of(0));
        assert_eq!(found(&alone(1).secret_in_use(now).tag_key()), id_of(1));
        assert_eq!(found(&TagKey::Secret("retired".to_owned())), id_of(0));
        assert_eq!(found(&TagKey::Oldest), id_of(2), "a row without the id");
    }

    #[test]
    fn row_of_a_retired_secret_gets_the_one_in_use_not_a_later_one() {
        let keyring = Keyring::new(&published()).unwrap();
        let retired = TagKey::Secret("retired".to_owned());
        for now in [at(80), at(81)] {
            assert_eq!(keyring.secret(&retired, now).id(), keyring.secret_in_use(now).id());
        }
    }
}
