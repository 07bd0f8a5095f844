//! The JSON of the keyring file. New keys are inserted at the front.

use crate::clock::Timestamp;
use crate::random::{self, Random};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The number of the latest format, in which a key can have `signsFrom`. Earlier versions of Latchkey read format 1 only,
/// so a file has this number only if a key in it has needed the field.
pub const FORMAT: u32 = 2;

/// The number of the format without `signsFrom`.
const FIRST_FORMAT: u32 = 1;

/// The whole file. Both lists are newest first; binary values are base64url.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyringFile {
    /// The number of the format, at most [`FORMAT`].
    pub version: u32,
    /// The secrets of refresh tokens, newest first.
    pub hmac: Vec<HmacEntry>,
    /// The keys of access tokens, newest first.
    pub signing: Vec<SigningEntry>,
}

/// A secret that tags refresh tokens.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HmacEntry {
    /// When it was created (RFC 3339).
    pub created_at: String,
    /// When it starts to make new tokens (RFC 3339); without it, the key does so as soon as it is in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signs_from: Option<String>,
    /// At least 32 random bytes.
    pub secret: String,
}

/// A key that signs access tokens.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SigningEntry {
    /// The key's id, which the header of a token has.
    pub kid: String,
    /// When it was created (RFC 3339).
    pub created_at: String,
    /// When it starts to make new tokens (RFC 3339); without it, the key does so as soon as it is in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signs_from: Option<String>,
    /// The private key, PKCS#8 (RFC 5958).
    pub pkcs8: String,
}

impl KeyringFile {
    /// Creates a keyring with one new key of each kind. `None` if the crypto library fails.
    pub fn generate(random: &dyn Random, now: Timestamp) -> Option<Self> {
        let mut file = Self { version: FIRST_FORMAT, hmac: Vec::new(), signing: Vec::new() };
        file.rotate(random, now, None)?;
        Some(file)
    }

    /// Inserts a new key of each kind at the front, which starts to sign at `signs_from`; `None` means at once. If the
    /// crypto library fails, returns `None` and changes nothing.
    pub fn rotate(&mut self, random: &dyn Random, now: Timestamp, signs_from: Option<Timestamp>) -> Option<()> {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &aws_lc_rs::rand::SystemRandom::new())
                .ok()?;
        let (created_at, signs_from) = (now.to_string(), signs_from.map(|from| from.to_string()));
        let secret = HmacEntry {
            created_at: created_at.clone(),
            signs_from: signs_from.clone(),
            secret: URL_SAFE_NO_PAD.encode(random::bytes::<32>(random)),
        };
        if signs_from.is_some() {
            self.version = FORMAT;
        }
        let key =
            SigningEntry { kid: random::id(random), created_at, signs_from, pkcs8: URL_SAFE_NO_PAD.encode(pkcs8) };
        self.hmac.insert(0, secret);
        self.signing.insert(0, key);
        Some(())
    }
}
