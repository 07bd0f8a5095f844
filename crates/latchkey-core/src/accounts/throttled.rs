//! Lists and clears the counts of failed attempts, for an administrator; `attempt.rs` writes them.

use super::admin_account::AdminAccount;
use super::count_key::count_key;
use super::throttle::{CountKind, ThrottleDecision};
use crate::batch;
use crate::clock::Timestamp;
use crate::database::Database;
use crate::ids::UserId;
use crate::sessions::network;
use crate::store::{self, StoreError, Transaction, login_failures::DeletedRow, login_failures::Failures};
use std::net::IpAddr;
use std::time::Duration;

/// A count, as `latchkey throttle list` shows it.
#[derive(Clone, Debug)]
pub struct ThrottleEntry {
    /// The kind of the count.
    pub kind: CountKind,
    /// The account; `None` if no account has the typed name, or if the count is not of one account.
    pub username: Option<String>,
    /// The number of failures and the time of the last one.
    pub failures: Failures,
    /// How long the next attempt has to wait.
    pub wait: Duration,
}

/// The counts that have not expired, newest first.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn list_throttled(database: &Database) -> Result<Vec<ThrottleEntry>, StoreError> {
    let now = database.clock.now();
    let rows = store::login_failures::list(&database.store).await?;
    let entry = |row: store::login_failures::CountRow| {
        let failures = Failures::from((row.count, row.last_at));
        let (kind, wait) = describe(&row.key, failures, now)?;
        Some(ThrottleEntry { kind, username: row.username, failures, wait })
    };
    Ok(rows.into_iter().filter_map(entry).collect())
}

/// The kind of a row's count, and how long the next attempt has to wait; `None` if the count has expired or the row is
/// not a count.
fn describe(key: &str, failures: Failures, now: Timestamp) -> Option<(CountKind, Duration)> {
    let kind = kind_of(key)?;
    match kind.limit().decide(failures, now) {
        // The attempt would be the first one: the count has expired or is zero.
        ThrottleDecision::Admitted(next) if next.count <= 1 => None,
        ThrottleDecision::Admitted(_) => Some((kind, Duration::ZERO)),
        ThrottleDecision::Wait(wait) => Some((kind, wait)),
    }
}

/// How many of these rows [`list_throttled`] would have listed. Administrators see only those.
fn number_listed(deleted: &[DeletedRow], now: Timestamp) -> u64 {
    let listed = |(key, count, last_at): &&DeletedRow| describe(key, Failures::from((*count, *last_at)), now).is_some();
    deleted.iter().filter(listed).count() as u64
}

/// Clears the failed attempts that are counted for an account, in the transaction that creates it, sets its password,
/// enables it or deletes it. Returns how many counts there were.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(super) async fn clear_failures(
    tx: &mut Transaction,
    user_id: &UserId,
    username_key: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    // Rows from before the account existed do not have its user id.
    let by_name = store::login_failures::delete(tx, &count_key(CountKind::Account.name(), username_key)).await?;
    let by_user = store::login_failures::delete_of_user(tx, user_id).await?;
    Ok(number_listed(&by_name, now) + number_listed(&by_user, now))
}

impl AdminAccount {
    /// [`clear_throttle`](Self::clear_throttle) in the transaction in which an administrator sets a password or enables
    /// the account.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(super) async fn clear_throttle_in(&self, database: &Database, tx: &mut Transaction) -> Result<u64, StoreError> {
        let now = database.clock.now();
        store::users::count_sign_ins_from(tx, self.id(), now).await?;
        clear_failures(tx, self.id(), self.username_key(), now).await
    }

    /// Clears the failed attempts that are counted for the account, and resets the limit on its sign-ins in an hour.
    /// Only administrators reset that limit: a user who could reset it by changing the password could alternate
    /// sign-ins and changes, and fill the disk. Returns how many counts of failures there were.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn clear_throttle(&self, database: &Database) -> Result<u64, StoreError> {
        let mut tx = database.store.begin().await?;
        let cleared = self.clear_throttle_in(database, &mut tx).await?;
        tx.commit().await?;
        Ok(cleared)
    }
}

/// Clears the counts of the network of this address, over all accounts; returns how many there were.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn clear_network_throttles(database: &Database, address: IpAddr) -> Result<u64, StoreError> {
    let network = network(address).to_string();
    let mut tx = database.store.begin().await?;
    let mut cleared = 0;
    for kind in [CountKind::Network, CountKind::AllTrusted, CountKind::Registration] {
        let deleted = store::login_failures::delete(&mut tx, &count_key(kind.name(), &network)).await?;
        cleared += number_listed(&deleted, database.clock.now());
    }
    tx.commit().await?;
    Ok(cleared)
}

/// Clears every count, in batches; returns how many there were.
///
/// # Errors
/// [`StoreError::Unavailable`]; counts that were cleared before the failure stay cleared.
pub async fn clear_all_throttles(database: &Database) -> Result<u64, StoreError> {
    let mut cleared = 0;
    loop {
        let mut tx = database.store.begin().await?;
        let deleted = store::login_failures::delete_some(&mut tx, batch::ROWS).await?;
        tx.commit().await?;
        cleared += number_listed(&deleted, database.clock.now());
        if deleted.len() < batch::ROWS as usize {
            return Ok(cleared);
        }
        batch::yield_to_writers().await;
    }
}

fn kind_of(key: &str) -> Option<CountKind> {
    let (name, _) = key.split_once(':')?;
    CountKind::ALL.into_iter().find(|kind| kind.name() == name)
}
