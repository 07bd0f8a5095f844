//! The counts of failed attempts, for an administrator to read and to clear; `attempt.rs` makes them.

use super::count_key::key;
use super::person::Person;
use super::throttle::{CountKind, ThrottleDecision};
use crate::ledger::Ledger;
use crate::sessions::network;
use crate::store::{self, StoreError, Transaction, login_failures::Failures};
use std::net::IpAddr;
use std::time::Duration;

/// A count, as an administrator is shown it.
#[derive(Clone, Debug)]
pub struct ThrottleEntry {
    pub kind: CountKind,
    /// The account that it is about; none where no account has the name that was typed, or where all are counted together.
    pub username: Option<String>,
    pub failures: Failures,
    /// How long the next attempt has to wait.
    pub wait: Duration,
}

/// The counts that still matter, the newest first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn throttled(ledger: &Ledger) -> Result<Vec<ThrottleEntry>, StoreError> {
    let now = ledger.clock.now();
    let rows = store::login_failures::list(&ledger.store).await?;
    let entry = |row: store::login_failures::ListedRow| {
        let kind = kind_of(&row.key)?;
        let failures = Failures::from((row.count, row.last_at));
        let wait = match kind.limit().judge(failures, now) {
            // It would be the first: what was counted is forgotten.
            ThrottleDecision::Admitted(next) if next.count <= 1 => return None,
            ThrottleDecision::Admitted(_) => Duration::ZERO,
            ThrottleDecision::Wait(wait) => wait,
        };
        Some(ThrottleEntry { kind, username: row.username, failures, wait })
    };
    Ok(rows.into_iter().filter_map(entry).collect())
}

/// Clears the failed attempts that are counted for an account, as part of a bigger change: it has a new password, or is
/// deleted. Answers how many counts there were.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(super) async fn clear_failures(tx: &mut Transaction, user_id: &str, username_key: &str) -> Result<u64, StoreError> {
    // What was counted before there was such an account does not name it.
    let by_name = store::login_failures::forget(tx, &key(CountKind::Account.name(), username_key)).await?;
    Ok(by_name + store::login_failures::forget_user(tx, user_id).await?)
}

impl Person {
    /// The part of [`clear_throttle`](Self::clear_throttle) inside a bigger change: an administrator has set a password or
    /// enabled the account.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(super) async fn clear_throttle_in(&self, ledger: &Ledger, tx: &mut Transaction) -> Result<u64, StoreError> {
        store::users::count_sign_ins_from(tx, self.id(), ledger.clock.now()).await?;
        clear_failures(tx, self.id(), self.username_key()).await
    }

    /// Clears the failed attempts that are counted for the account, and starts the limit on its sign-ins in an hour anew.
    /// Only administrators do this: a user who could clear that limit by changing the password could fill the disk by
    /// doing both in turns. Answers how many counts of failures there were.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn clear_throttle(&self, ledger: &Ledger) -> Result<u64, StoreError> {
        let mut tx = ledger.store.begin().await?;
        let cleared = self.clear_throttle_in(ledger, &mut tx).await?;
        tx.commit().await?;
        Ok(cleared)
    }
}

/// Clears what is counted against the network of this address, whatever the account; answers how many counts there were.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn clear_network(ledger: &Ledger, address: IpAddr) -> Result<u64, StoreError> {
    let network = network(address).to_string();
    let mut tx = ledger.store.begin().await?;
    let mut cleared = 0;
    for kind in [CountKind::Network, CountKind::AllTrusted, CountKind::Registration] {
        cleared += store::login_failures::forget(&mut tx, &key(kind.name(), &network)).await?;
    }
    tx.commit().await?;
    Ok(cleared)
}

/// Clears every count; answers how many there were.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn clear_all(ledger: &Ledger) -> Result<u64, StoreError> {
    let mut tx = ledger.store.begin().await?;
    let cleared = store::login_failures::forget_all(&mut tx).await?;
    tx.commit().await?;
    Ok(cleared)
}

fn kind_of(key: &str) -> Option<CountKind> {
    let (name, _) = key.split_once(':')?;
    CountKind::ALL.into_iter().find(|kind| kind.name() == name)
}
