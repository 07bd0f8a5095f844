//! The service for accounts, with the state that its operations share. Each operation has its own file.

use super::attempt_queue::AttemptQueue;
use super::hasher::Hasher;
use crate::database::Database;
use crate::hooks::{SignIn, SignInKind};
use crate::identity::Roles;
use crate::metrics::Metrics;
use crate::sessions::{ClientInfo, IssuedTokens, Sessions};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Registers, signs in, changes and deletes accounts. A clone shares everything with the original.
#[derive(Clone)]
pub struct Accounts {
    pub(super) database: Arc<Database>,
    pub(super) sessions: Sessions,
    pub(super) passwords: Arc<Hasher>,
    /// Orders the sign-in attempts on each account.
    pub(super) attempt_queue: AttemptQueue,
    pub(super) rules: Arc<AccountRules>,
    pub(super) metrics: Arc<Metrics>,
}

/// The settings of accounts.
#[derive(Clone, Debug)]
pub struct AccountRules {
    /// Where users sign in. A password must not consist of the words in it.
    pub public_url: String,
    /// Allow self-registration.
    pub registration_open: bool,
    /// The roles of a new account.
    pub default_roles: Roles,
    /// Throttle repeated failed sign-ins, and limit the successful ones.
    pub throttle: bool,
    /// The highest number of successful sign-ins of one account in an hour.
    pub sign_ins_per_hour: NonZeroU32,
}

impl Accounts {
    /// The service for the accounts in the database of these sessions.
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

    /// Calls the hook `after_sign_in`, after the commit.
    pub(super) async fn report_sign_in(&self, issued: &IssuedTokens, kind: SignInKind, client: &ClientInfo) {
        let sign_in =
            || SignIn { user: issued.user().clone(), session_id: issued.session_id(), kind, client: client.clone() };
        self.sessions.hooks.report(sign_in).await;
    }

    /// The threads that hash passwords.
    pub fn passwords(&self) -> &Hasher {
        &self.passwords
    }
}
