//! The counts of failed attempts, for an administrator to read and to clear; `attempt.rs` makes them.

use super::Person;
use super::throttle::{self, Limit, Verdict};
use crate::server::sessions::network;
use crate::server::state::Ledger;
use crate::server::store::{self, StoreError, Transaction, login_failures::Failures};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::IpAddr;
use std::time::Duration;

/// A count, as an administrator is shown it.
#[derive(Clone, Debug)]
pub struct ThrottleEntry {
    /// What is counted by: `account`, `trusted_network`, `session`, `network`, `all_trusted` or `registration`.
    pub kind: &'static str,
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
        let (kind, limit) = kind_of(&row.key)?;
        let failures = Failures::from((row.count, row.last_at));
        let wait = match limit.judge(failures, now) {
            // It would be the first: what was counted is forgotten.
            Verdict::Admitted(next) if next.count <= 1 => return None,
            Verdict::Admitted(_) => Duration::ZERO,
            Verdict::Wait(wait) => wait,
        };
        Some(ThrottleEntry { kind, username: row.username, failures, wait })
    };
    Ok(rows.into_iter().filter_map(entry).collect())
}

/// Clears what is counted against an account, as part of a bigger change: its owner has a new password. Answers how many
/// counts there were.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub(super) async fn clear_account(tx: &mut Transaction, user_id: &str, username_key: &str) -> Result<u64, StoreError> {
    // What was counted before there was such an account does not name it.
    store::login_failures::forget_user(tx, user_id, &key("account", username_key)).await
}

impl Person {
    /// Clears what is counted against the account, its sign-ins of the last hour included, as part of a bigger change: an
    /// administrator vouches for it. (Owners cannot clear their sign-ins by changing the password, or a program with an
    /// account could fill the disk by doing both in turns.) Answers how many counts of failures there were.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(super) async fn let_in(&self, ledger: &Ledger, tx: &mut Transaction) -> Result<u64, StoreError> {
        store::users::count_sign_ins_from(tx, self.id(), ledger.clock.now()).await?;
        clear_account(tx, self.id(), self.username_key()).await
    }

    /// The same as a change of its own.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn clear_throttle(&self, ledger: &Ledger) -> Result<u64, StoreError> {
        let mut tx = ledger.store.begin().await?;
        let cleared = self.let_in(ledger, &mut tx).await?;
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
    for kind in ["address", "trusted", "newcomer"] {
        cleared += store::login_failures::forget(&mut tx, &key(kind, &network)).await?;
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

/// What a key counts, for people, and its limit.
fn kind_of(key: &str) -> Option<(&'static str, &'static Limit)> {
    Some(match key.split_once(':')?.0 {
        "account" => ("account", &throttle::ACCOUNT),
        "known" => ("trusted_network", &throttle::ACCOUNT),
        "session" => ("session", &throttle::ACCOUNT),
        "address" => ("network", &throttle::ADDRESS),
        "trusted" => ("all_trusted", &throttle::TRUSTED),
        "newcomer" => ("registration", &throttle::NEWCOMERS),
        _ => return None,
    })
}

/// A key of the table: its kind, and 128 bits of the SHA-256 of the rest.
pub(super) fn key(kind: &str, text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    format!("{kind}:{}", URL_SAFE_NO_PAD.encode(digest.as_ref().get(..16).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_not_show_what_they_are_made_of_and_do_not_mix_kinds() {
        assert!(!key("account", "hunter2").contains("hunter2"));
        assert_ne!(key("account", "x"), key("session", "x"));
        assert_ne!(key("account", "x"), key("account", "y"));
    }
}
