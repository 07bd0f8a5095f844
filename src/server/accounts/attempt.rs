//! An attempt to show that one knows a password: admitted, counted, and only then checked.
//!
//! ```text
//! let attempt = accounts::admit(app, Claimant::SignedIn(session.id), device).await?;  // or 429, or 503
//! let checked = attempt.check(Password::presented(typed), stored_hash).await?;        // one hash
//! let mut tx = app.store.begin().await?;
//! if checked.right { checked.succeeded(&mut tx).await? } else { checked.failed(&mut tx, app.clock.now()).await? }
//! tx.commit().await?;
//! ```
//!
//! **Counted before it is checked.** An attempt is a failure until it has succeeded: were it counted afterwards, a
//! hundred guesses sent at once would all find the old count and all be checked. What is turned away costs two reads: no
//! hash, no write, and it does not make the waiting any longer.
//!
//! **The seat comes before the count.** Whoever finds the hashing gate full is told to come back, and has not used up a
//! try; and however many come at once, no more than fit in front of the gate reach the database's writer.
//!
//! **By account.** The key is made of the name that was typed, whether there is such an account or not, so being made to
//! wait tells nothing about who exists. Keys are digests: people type their password into the field above it, and it must
//! not lie in the database for that. (A digest of something short can still be guessed by whoever has the database, for
//! as long as the row lives; it is not hashed slowly, because it would be computed at every attempt.)
//!
//! **By account and known address.** Anybody who knows a name can fail on purpose, and an account that everybody else can
//! close is a poor one. So an address from which the user has opened a session before has a count of its own instead of
//! the account's: an attacker elsewhere makes strange devices wait, never the owner's usual one. It costs five more
//! guesses, and the slow ones after them, for each such address, and only to somebody who sits behind it. (That person,
//! the owner's neighbour, can also tell from the two counts that the account exists; he shares the owner's network.)
//! A success there leaves the account's own count alone, or each of the owner's sign-ins would give an attacker elsewhere
//! five fresh tries.
//!
//! **By address**, whatever the name: see [`throttle::ADDRESS`]. A success takes back its own count and no more, or
//! somebody with an account of his own could sign in to it now and then and guess at others' for ever. It does not count
//! where the address is known: one neighbour who fails on purpose would lock out everybody who shares it with him.
//!
//! **By session**, for whoever is signed in and asked for the password again: strangers cannot make him wait, and somebody
//! with a stolen token cannot make the owner's other devices wait.
//!
//! Refreshing asks for no password and is never throttled here: whoever is signed in stays so, however much his account
//! is under attack.

use super::hasher::Seat;
use super::throttle::{self, Limit, Verdict};
use super::{AccountError, HashingError, Password};
use crate::server::clock::Timestamp;
use crate::server::sessions::{Device, SessionId};
use crate::server::state::App;
use crate::server::store::{self, StoreError, Transaction, login_failures::Failures};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

/// Who says that he knows a password.
#[derive(Clone, Copy, Debug)]
pub enum Claimant<'a> {
    /// Somebody who wants to sign in: the canonical username, or what was typed if it is none, and whose it is.
    Stranger { username: &'a str, user_id: Option<&'a str> },
    /// Somebody who is signed in, by this session, and has to confirm it.
    SignedIn(SessionId),
    /// Somebody who wants an account, and shows no password but chooses one. That costs as much as checking one, so it is
    /// counted alike; see [`throttle::NEWCOMERS`].
    Newcomer,
}

/// Leave to check one password, once.
pub struct Attempt {
    seat: Seat,
    counters: Vec<Counter>,
}

/// A password that has been checked. The attempt stands as a failure until [`succeeded`](Self::succeeded).
pub struct Checked {
    /// Whether it is the right one.
    pub right: bool,
    counters: Vec<Counter>,
}

/// What an attempt is counted by.
struct Counter {
    key: String,
    limit: &'static Limit,
    /// What a success does to it.
    success: Success,
}

#[derive(Clone, Copy)]
enum Success {
    /// The one who knew the password is to be trusted again.
    Forgets,
    /// This attempt was no failure; what others did stands.
    TakesItsOwnBack,
}

/// Admits an attempt and counts it.
///
/// # Errors
/// [`AccountError::Throttled`], [`AccountError::Hashing`], [`AccountError::Store`]; nothing is counted then.
pub async fn admit(app: &App, claimant: Claimant<'_>, device: &Device) -> Result<Attempt, AccountError> {
    if !app.settings.throttle {
        return Ok(Attempt { seat: app.passwords.seat()?, counters: Vec::new() });
    }
    let counters = counters_of(app, claimant, device).await?;

    // A look without a lock first, so that a flood of attempts that have to wait never gets in the writer's way.
    let mut verdicts = Vec::with_capacity(2);
    for counter in &counters {
        if let Some(known) = store::login_failures::find(&app.store, &counter.key).await? {
            verdicts.push(counter.limit.judge(known, app.clock.now()));
        }
    }
    all_admitted(&verdicts)?;

    let seat = app.passwords.seat()?;
    let mut tx = app.store.begin().await?;
    let mut verdicts = Vec::with_capacity(2);
    for counter in &counters {
        let known = store::login_failures::hold(&mut tx, &counter.key).await?;
        verdicts.push(counter.limit.judge(known, app.clock.now()));
    }
    // Who has to wait for one of them is counted by none of them: the transaction is dropped.
    for (counter, failures) in counters.iter().zip(all_admitted(&verdicts)?) {
        store::login_failures::set(&mut tx, &counter.key, failures).await?;
    }
    tx.commit().await?;
    Ok(Attempt { seat, counters })
}

fn all_admitted(verdicts: &[Verdict]) -> Result<Vec<Failures>, AccountError> {
    let (mut admitted, mut longest) = (Vec::with_capacity(2), Duration::ZERO);
    for verdict in verdicts {
        match verdict {
            Verdict::Admitted(failures) => admitted.push(*failures),
            Verdict::Wait(wait) => longest = longest.max(*wait),
        }
    }
    if longest.is_zero() { Ok(admitted) } else { Err(AccountError::Throttled { wait: longest }) }
}

impl Attempt {
    /// Checks the password: one hash, whatever comes of it.
    ///
    /// # Errors
    /// [`HashingError`], if the hashing breaks off; the attempt stays counted.
    pub async fn check(self, presented: Password, stored_hash: String) -> Result<Checked, HashingError> {
        Ok(Checked { right: self.seat.verify(presented, stored_hash).await?, counters: self.counters })
    }
}

impl Checked {
    /// Takes the count back, as part of the change that the password has opened the way to.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn succeeded(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        for counter in &self.counters {
            match counter.success {
                Success::Forgets => store::login_failures::forget(tx, &counter.key).await?,
                Success::TakesItsOwnBack => store::login_failures::take_back(tx, &counter.key).await?,
            }
        }
        Ok(())
    }

    /// Lets the waiting begin now, at the end of the check: it may have queued in front of the hashing gate for longer
    /// than the waiting takes, and a guesser would never have to wait for an answer.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn failed(&self, tx: &mut Transaction, now: Timestamp) -> Result<(), StoreError> {
        for counter in &self.counters {
            store::login_failures::postpone(tx, &counter.key, now).await?;
        }
        Ok(())
    }
}

/// Always in this order, so that two attempts never wait for each other's rows.
async fn counters_of(app: &App, claimant: Claimant<'_>, device: &Device) -> Result<Vec<Counter>, StoreError> {
    let network = device.network();
    let own = |key| Counter { key, limit: &throttle::ACCOUNT, success: Success::Forgets };
    let address = network.as_ref().map(|network| Counter {
        key: key("address", network),
        limit: &throttle::ADDRESS,
        success: Success::TakesItsOwnBack,
    });
    Ok(match claimant {
        Claimant::SignedIn(session) => vec![own(key("session", &session.to_string()))],
        Claimant::Newcomer => {
            let newcomer = |network| Counter {
                key: key("newcomer", network),
                limit: &throttle::NEWCOMERS,
                success: Success::TakesItsOwnBack,
            };
            network.iter().map(|network| newcomer(network)).collect()
        }
        Claimant::Stranger { username, user_id } => {
            // Asked for a user who does not exist, too: the same work for every name.
            let here = network.as_deref().unwrap_or_default();
            let known = store::sessions::has_been_at(&app.store, user_id.unwrap_or_default(), here).await?;
            match user_id.filter(|_| known) {
                Some(user_id) => vec![own(key("known", &format!("{user_id} {here}")))],
                None => std::iter::once(own(key("account", username))).chain(address).collect(),
            }
        }
    })
}

/// A key of the table: its kind, and 128 bits of the SHA-256 of the rest.
fn key(kind: &str, text: &str) -> String {
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
