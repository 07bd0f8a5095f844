//! Creates access tokens of every kind, with the server's key or another.

use super::Server;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::Value;

/// The parts of a token, to change and sign again.
#[derive(Clone, Debug)]
pub struct Forger {
    pub header: Value,
    pub claims: Value,
    pkcs8: Vec<u8>,
}

impl Forger {
    /// Starts from a good token and the server's own signing key, as if the keyring had been stolen: what is refused
    /// then is refused for its form alone.
    pub fn from_good(server: &Server, token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let read = |part: &str| serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap();
        let keyring = std::fs::read(server.data.path().join("keyring.json")).unwrap();
        let keyring: Value = serde_json::from_slice(&keyring).unwrap();
        let pkcs8 = BASE64.decode(keyring["signing"][0]["pkcs8"].as_str().unwrap()).unwrap();
        Self { header: read(parts[0]), claims: read(parts[1]), pkcs8 }
    }

    pub fn with_claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    pub fn with_header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.header.as_object_mut().unwrap().remove(name);
        self
    }

    /// Signs with a key unknown to the server; also returns its public half, the x and y of a JWK.
    pub fn with_foreign_key(mut self) -> (Self, (String, String)) {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        self.pkcs8 = pkcs8.as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.pkcs8).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        (self, (BASE64.encode(x), BASE64.encode(y)))
    }

    /// The private key that it signs with.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    pub fn sign(&self) -> String {
        self.sign_raw(&self.header.to_string(), &self.claims.to_string())
    }

    /// Signs texts that need not be the JSON of anything.
    pub fn sign_raw(&self, header: &str, claims: &str) -> String {
        self.sign_bytes(header.as_bytes(), claims.as_bytes())
    }

    /// Signs any bytes.
    pub fn sign_bytes(&self, header: &[u8], claims: &[u8]) -> String {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.pkcs8).unwrap();
        let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        let signature = key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", BASE64.encode(signature))
    }
}
