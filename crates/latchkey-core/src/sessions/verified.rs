//! Caches access tokens whose signature has been verified.
//!
//! A client presents the same token for minutes, and verifying its signature costs more than the rest of a request. The
//! result never changes, so it is cached. The server checks on each request what can change: the token's own times, its
//! session, and whether its key is still in the keyring.

use super::keyring::Keyring;
use super::lifecycle::Generation;
use crate::hooks::ExtraClaims;
use crate::ids::{SessionId, UserId};
use aws_lc_rs::digest::{SHA256, digest};
use hashlink::LruCache;
use latchkey_wire::TokenError;
use std::sync::{Mutex, PoisonError};

/// The highest number of cached tokens, at about 250 bytes each plus the application's claims. The least recently used
/// one is removed first. Only valid tokens are cached, so an attacker needs thousands of refreshes to evict those of
/// other users, which then cost one more verification each.
const CAPACITY: usize = 16_384;

/// The content of a valid access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAccessToken {
    /// `sub`.
    pub user_id: UserId,
    /// `sid`.
    pub session: SessionId,
    /// `gen`.
    pub generation: Generation,
    /// The claims that the application has added.
    pub claims: ExtraClaims,
}

/// The result of verifying a token.
#[derive(Clone, Debug)]
pub(super) struct Genuine {
    pub kid: String,
    pub token: VerifiedAccessToken,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
    /// Seconds since 1970.
    pub nbf: Option<i64>,
}

/// The cache, by the SHA-256 of the whole token, so that the token itself is not kept in memory.
pub struct VerifiedTokens(Mutex<LruCache<[u8; 32], Genuine>>);

impl Default for VerifiedTokens {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }
}

impl VerifiedTokens {
    /// The cached result for a token, or else the result of `verify`.
    pub(super) fn get_or_verify(
        &self,
        token: &str,
        keyring: &Keyring,
        verify: impl FnOnce() -> Result<Genuine, TokenError>,
    ) -> Result<Genuine, TokenError> {
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let cached = self.cache(|cache| cache.get(&key).cloned());
        // A cached token whose key was removed from the keyring is invalid.
        if let Some(genuine) = cached.filter(|genuine| keyring.signing_key(&genuine.kid).is_some()) {
            return Ok(genuine);
        }
        let genuine = verify()?;
        self.cache(|cache| cache.insert(key, genuine.clone()));
        Ok(genuine)
    }

    fn cache<T>(&self, access: impl FnOnce(&mut LruCache<[u8; 32], Genuine>) -> T) -> T {
        // After a panic the cache is still usable, because it contains only verified tokens.
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
