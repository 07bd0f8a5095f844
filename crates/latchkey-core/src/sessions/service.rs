//! What the sessions take to be opened, kept alive and ended.

use super::keyring::{Keyring, live::LiveKeyring};
use super::lifetimes::Lifetimes;
use super::verified::VerifiedTokens;
use crate::database::Database;
use crate::metrics::Metrics;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// The sessions. A clone is another handle on the same ones.
#[derive(Clone)]
pub struct Sessions {
    pub database: Arc<Database>,
    pub live_keyring: Arc<LiveKeyring>,
    pub(super) verified_tokens: Arc<VerifiedTokens>,
    pub(super) rules: Arc<SessionRules>,
    pub(super) metrics: Arc<Metrics>,
}

/// What the settings say about sessions.
#[derive(Clone, Debug)]
pub struct SessionRules {
    /// `iss` and `aud` of access tokens.
    pub issuer: String,
    pub lives: Lifetimes,
    pub retry_window: Duration,
    /// Sessions that a user may have at once.
    pub max_sessions: NonZeroU32,
}

impl Sessions {
    /// The sessions in these rows, with tokens made by these keys.
    pub fn new(database: Arc<Database>, keyring: LiveKeyring, rules: SessionRules, metrics: Arc<Metrics>) -> Self {
        let (live_keyring, rules) = (Arc::new(keyring), Arc::new(rules));
        Self { database, live_keyring, verified_tokens: Arc::default(), rules, metrics }
    }

    /// The keys as they are now. A change of the file replaces them while the server runs: a caller that makes or
    /// checks several things with them asks once.
    pub fn keyring(&self) -> Arc<Keyring> {
        self.live_keyring.current()
    }
}
