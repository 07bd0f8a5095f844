//! The service for sessions, with the state that its operations share. Each operation has its own file.

use super::keyring::{Keyring, live::LiveKeyring};
use super::lifetimes::Lifetimes;
use super::verified::VerifiedTokens;
use crate::database::Database;
use crate::hooks::Hooks;
use crate::metrics::Metrics;
use latchkey_wire::UserField;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Starts, refreshes, checks and revokes sessions. A clone shares everything with the original.
#[derive(Clone)]
pub struct Sessions {
    pub(crate) database: Arc<Database>,
    live_keyring: Arc<LiveKeyring>,
    pub(super) verified_tokens: Arc<VerifiedTokens>,
    pub(super) rules: Arc<SessionRules>,
    pub(crate) hooks: Hooks,
    pub(super) metrics: Arc<Metrics>,
}

/// The settings of sessions.
#[derive(Clone, Debug)]
pub struct SessionRules {
    /// `iss` and `aud` of access tokens.
    pub issuer: String,
    /// How long tokens and sessions are valid.
    pub lifetimes: Lifetimes,
    /// How long after a rotation the previous refresh token gets the same successor again.
    pub retry_window: Duration,
    /// The highest number of live sessions of one user.
    pub max_sessions: NonZeroU32,
    /// What new refresh tokens begin with.
    pub refresh_token_prefix: &'static str,
    /// The fields of users that the application has declared: a new account has them, and answers show them.
    pub user_fields: &'static [UserField],
}

impl Sessions {
    /// The service for the sessions in this database, whose tokens are made with the keys of this keyring.
    /// [`Accounts`](crate::accounts::Accounts) of these sessions calls the same hooks.
    pub fn new(
        database: Arc<Database>,
        keyring: LiveKeyring,
        rules: SessionRules,
        hooks: Hooks,
        metrics: Arc<Metrics>,
    ) -> Self {
        let (live_keyring, rules) = (Arc::new(keyring), Arc::new(rules));
        Self { database, live_keyring, verified_tokens: Arc::default(), rules, hooks, metrics }
    }

    /// The fields of users that the application has declared.
    pub(crate) fn user_fields(&self) -> &'static [UserField] {
        self.rules.user_fields
    }

    /// The database of the sessions and their users.
    pub fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// The keyring that reloads its file.
    pub fn live_keyring(&self) -> &Arc<LiveKeyring> {
        &self.live_keyring
    }

    /// The current keys. They change when the keyring's file changes, so an operation that uses them several times
    /// calls this once.
    pub fn keyring(&self) -> Arc<Keyring> {
        self.live_keyring.current()
    }
}
