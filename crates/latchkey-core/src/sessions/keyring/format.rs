//! The JSON of the keyring file. New keys are inserted at the front.

use crate::clock::Timestamp;
use crate::random::{self, Random};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The number of this format.
pub const FORMAT: u32 = 1;

/// The whole file. Both lists are newest first; binary values are base64url.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyringFile {
    /// The number of the format, [`FORMAT`].
    pub version: u32,
    /// The secrets of refresh tokens, newest first.
    pub hmac: Vec<HmacEntry>,
    /// The keys of access tokens, newest first.
    pub signing: Vec<SigningEntry>,
}

/// A secret that tags refresh tokens.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HmacEntry {
    /// When it was created (RFC 3339).
    pub created_at: String,
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
    /// The private key, PKCS#8 (RFC 5958).
    pub pkcs8: String,
}

impl KeyringFile {
    /// Creates a keyring with one new key of each kind. `None` if the crypto library fails.
    pub fn generate(random: &dyn Random, now: Timestamp) -> Option<Self> {
        let mut file = Self { version: FORMAT, hmac: Vec::new(), signing: Vec::new() };
        file.rotate(random, now)?;
        Some(file)
    }

    /// Inserts a new key of each kind at the front. If the crypto library fails, returns `None` and changes nothing.
    pub fn rotate(&mut self, random: &dyn Random, now: Timestamp) -> Option<()> {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &aws_lc_rs::rand::SystemRandom::new())
                .ok()?;
        let secret =
            HmacEntry { created_at: now.to_string(), secret: URL_SAFE_NO_PAD.encode(random::bytes::<32>(random)) };
        let key =
            SigningEntry { kid: random::id(random), created_at: now.to_string(), pkcs8: URL_SAFE_NO_PAD.encode(pkcs8) };
        self.hmac.insert(0, secret);
        self.signing.insert(0, key);
        Some(())
    }
}
