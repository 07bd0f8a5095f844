//! What the accounts take to be made, opened and changed.

use super::attempt_queue::AttemptQueue;
use super::hasher::Hasher;
use crate::database::Database;
use crate::identity::Roles;
use crate::metrics::Metrics;
use crate::sessions::Sessions;
use std::num::NonZeroU32;
use std::sync::Arc;

/// The accounts. A clone is another handle on the same ones.
#[derive(Clone)]
pub struct Accounts {
    pub(super) database: Arc<Database>,
    pub(super) sessions: Sessions,
    pub passwords: Arc<Hasher>,
    /// Of sign-in attempts at the same account.
    pub(super) attempt_queue: AttemptQueue,
    pub(super) rules: Arc<AccountRules>,
    pub(super) metrics: Arc<Metrics>,
}

/// What the settings say about accounts.
#[derive(Clone, Debug)]
pub struct AccountRules {
    /// No password may be a word of it.
    pub public_url: String,
    /// Whether people may make themselves an account.
    pub registration_open: bool,
    pub default_roles: Roles,
    /// Whether failed attempts are counted.
    pub throttle: bool,
    /// Successful sign-ins of one account.
    pub sign_ins_per_hour: NonZeroU32,
}

impl Accounts {
    /// The accounts that these sessions are opened for.
    pub fn new(sessions: Sessions, passwords: Hasher, rules: AccountRules, metrics: Arc<Metrics>) -> Self {
        let (passwords, rules) = (Arc::new(passwords), Arc::new(rules));
        Self {
            database: sessions.database.clone(),
            sessions,
            passwords,
            attempt_queue: AttemptQueue::default(),
            rules,
            metrics,
        }
    }
}
