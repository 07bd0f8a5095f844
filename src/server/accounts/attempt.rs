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
//! somebody with an account of his own could sign in to it now and then and guess at others' for ever.
//!
//! **By session**, for whoever is signed in and asked for the password again: strangers cannot make him wait, and somebody
//! with a stolen token cannot make the owner's other devices wait.
//!
//! Refreshing asks for no password and is never throttled here: whoever is signed in stays so, however much his account
//! is under attack.

use super::hasher::Seat;
use super::throttle::{self, Limit, Verdict};
use super::{AccountError, HashingBusy, Password};
use crate::server::clock::Timestamp;
use crate::server::sessions::{Device, SessionId};
use crate::server::state::App;
use crate::server::store::{self, StoreError, Transaction, login_failures::Failures};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Who says that he knows a password.
#[derive(Clone, Copy, Debug)]
pub enum Claimant<'a> {
    /// Somebody who wants to sign in: the canonical username, or what was typed if it is none, and whose it is.
    Stranger { username: &'a str, user_id: Option<&'a str> },
    /// Somebody who is signed in, by this session, and has to confirm it.
    SignedIn(SessionId),
}

/// Leave to check one password, once.
pub struct Attempt {
    seat: Seat,
    counters: Option<Counters>,
}

/// A password that has been checked. The attempt stands as a failure until [`succeeded`](Self::succeeded).
pub struct Checked {
    /// Whether it is the right one.
    pub right: bool,
    counters: Option<Counters>,
}

struct Counters {
    /// Of the account, the account at a known address, or the session.
    own: String,
    address: Option<String>,
}

/// Admits an attempt and counts it.
///
/// # Errors
/// [`AccountError::Throttled`], [`AccountError::Busy`], [`AccountError::Store`]; nothing is counted then.
pub async fn admit(app: &App, claimant: Claimant<'_>, device: &Device) -> Result<Attempt, AccountError> {
    if !app.settings.throttle {
        return Ok(Attempt { seat: app.passwords.seat()?, counters: None });
    }
    let counters = Counters::of(app, claimant, device).await?;

    // A look without a lock first, so that a flood of attempts that have to wait never gets in the writer's way.
    let mut verdicts = Vec::with_capacity(2);
    for (key, limit) in counters.each() {
        if let Some(known) = store::login_failures::find(&app.store, key).await? {
            verdicts.push(limit.judge(known, app.clock.now()));
        }
    }
    all_admitted(&verdicts)?;

    let seat = app.passwords.seat()?;
    let mut tx = app.store.begin().await?;
    let mut verdicts = Vec::with_capacity(2);
    for (key, limit) in counters.each() {
        let known = store::login_failures::hold(&mut tx, key).await?;
        verdicts.push(limit.judge(known, app.clock.now()));
    }
    // Who has to wait for one of them is counted by none of them: the transaction is dropped.
    for ((key, _), failures) in counters.each().zip(all_admitted(&verdicts)?) {
        store::login_failures::set(&mut tx, key, failures).await?;
    }
    tx.commit().await?;
    Ok(Attempt { seat, counters: Some(counters) })
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
    /// [`HashingBusy`], if the hashing breaks off; the attempt stays counted.
    pub async fn check(self, presented: Password, stored_hash: String) -> Result<Checked, HashingBusy> {
        Ok(Checked { right: self.seat.verify(presented, stored_hash).await?, counters: self.counters })
    }
}

impl Checked {
    /// Takes the count back, as part of the change that the password has opened the way to.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn succeeded(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        let Some(Counters { own, address }) = &self.counters else { return Ok(()) };
        store::login_failures::forget(tx, own).await?;
        match address {
            Some(address) => store::login_failures::take_back(tx, address).await,
            None => Ok(()),
        }
    }

    /// Lets the waiting begin now, at the end of the check: it may have queued in front of the hashing gate for longer
    /// than the waiting takes, and a guesser would never have to wait for an answer.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn failed(&self, tx: &mut Transaction, now: Timestamp) -> Result<(), StoreError> {
        for (key, _) in self.counters.iter().flat_map(Counters::each) {
            store::login_failures::postpone(tx, key, now).await?;
        }
        Ok(())
    }
}

impl Counters {
    async fn of(app: &App, claimant: Claimant<'_>, device: &Device) -> Result<Self, StoreError> {
        let network = device.ip.as_deref().and_then(network_of);
        let own = match claimant {
            Claimant::SignedIn(session) => key("session", &session.to_string()),
            Claimant::Stranger { username, user_id } => {
                // Asked for a user who does not exist, too: the same work for every name.
                let known = store::sessions::recent_addresses(&app.store, user_id.unwrap_or_default()).await?;
                let here = network
                    .as_ref()
                    .filter(|here| known.iter().any(|address| network_of(address).as_ref() == Some(*here)));
                match (user_id, here) {
                    (Some(user_id), Some(here)) => key("known", &format!("{user_id} {here}")),
                    _ => key("account", username),
                }
            }
        };
        Ok(Self { own, address: network.map(|network| key("address", &network)) })
    }

    /// Always in this order, so that two attempts never wait for each other's rows.
    fn each(&self) -> impl Iterator<Item = (&str, &'static Limit)> {
        let address = self.address.as_deref().map(|key| (key, &throttle::ADDRESS));
        std::iter::once((self.own.as_str(), &throttle::ACCOUNT)).chain(address)
    }
}

/// A key of the table: its kind, and 128 bits of the SHA-256 of the rest.
fn key(kind: &str, text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    format!("{kind}:{}", URL_SAFE_NO_PAD.encode(digest.as_ref().get(..16).unwrap_or_default()))
}

/// What counts as one address. With IPv6 a household or a rented machine has 2^64 of them and may change them at will,
/// so there it is the network, a /64 (RFC 4291 §2.5.1).
fn network_of(address: &str) -> Option<String> {
    Some(match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_address_and_a_mapped_ipv4_address_is_ipv4() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("2001:db8::", "192.0.2.1", false),
        ] {
            assert_eq!(network_of(one) == network_of(other), same, "{one} {other}");
        }
        assert_eq!(network_of("not an address"), None);
    }

    #[test]
    fn keys_do_not_show_what_they_are_made_of_and_do_not_mix_kinds() {
        assert!(!key("account", "hunter2").contains("hunter2"));
        assert_ne!(key("account", "x"), key("session", "x"));
        assert_ne!(key("account", "x"), key("account", "y"));
    }
}
