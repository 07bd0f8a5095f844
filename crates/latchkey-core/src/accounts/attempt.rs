//! An attempt to show that one knows a password: admitted, counted, and only then checked.
//!
//! ```text
//! let attempt = admit(accounts, Claimant::SignedIn { session, user_id }, device).await?;  // or 429, or 503
//! let checked = attempt.check(Password::presented(typed), stored_hash, previous).await?;       // one hash
//! let mut tx = accounts.ledger.store.begin().await?;
//! if checked.right { checked.succeeded(&mut tx).await? } else { checked.failed(&mut tx, accounts.ledger.clock.now()).await? }
//! tx.commit().await?;
//! ```
//!
//! **Counted before it is checked.** An attempt is a failure until it has succeeded: were it counted afterwards, a
//! hundred guesses sent at once would all find the old count and all be checked. What is turned away costs two reads: no
//! hash, no write, and it does not make the waiting any longer.
//!
//! **The permit comes before the count.** A client that finds no place in the hashing queue is told to come back, and has
//! not used up a try; and of many attempts at once, only those with a place reach the database's writer.
//!
//! **By account.** The key is made of the name that was typed, whether there is such an account or not, so being made to
//! wait tells nothing about who exists. Keys are digests: people type their password into the field above it, and it must
//! not lie in the database for that. (A digest of something short can still be guessed by whoever has the database, for
//! as long as the row lives; it is not hashed slowly, because it would be computed at every attempt.)
//!
//! **By account and trusted network.** An attacker who knows a name can fail on purpose, and an account that any stranger
//! can close is a poor one. So a network in which a session of the user is live has a count of its own instead of the
//! account's: an attacker elsewhere makes strange devices wait, never the one that the owner is signed in on. It costs five
//! more guesses, and the slow ones after them, for each such network, and only to an attacker in it. (That one, the owner's
//! neighbour, can also tell from the two counts that the account exists; they share the owner's network.) A thief whose
//! session has been ended is trusted no longer, and a stolen session makes no network trusted: what counts is where a
//! session was signed in. A success there leaves the account's own count alone, or each of the owner's sign-ins would give
//! an attacker elsewhere five fresh tries.
//!
//! **By trusted network, over all accounts**: see [`ALL_TRUSTED`](super::throttle::ALL_TRUSTED). Otherwise an attacker in
//! a network that many users share would have the free tries of each of them.
//!
//! **By network**, whatever the name: see [`NETWORK`](super::throttle::NETWORK). A success takes back its own count and no
//! more, or an attacker with an account could sign in to it now and then and guess at others' without end. It does not count where
//! the network is trusted: one neighbour who fails on purpose would lock out all who share it.
//!
//! **A previous password** is wrong, but no guess: its count is taken back ([`previous`](super::previous)).
//!
//! **By session**, for whoever is signed in and asked for the password again: strangers cannot make him wait, and somebody
//! with a stolen token cannot make the owner's other devices wait.
//!
//! Refreshing asks for no password and is never throttled here: whoever is signed in stays so, however much his account
//! is under attack.

use super::argon2id::Comparison;
use super::count_key::key;
use super::hash_queue::Requester;
use super::hasher::HashPermit;
use super::service::Accounts;
use super::throttle::{CountKind, Limit, Verdict};
use super::{AccountError, HashingError, Password, sign_in_limit};
use crate::clock::Timestamp;
use crate::sessions::{Device, SessionId};
use crate::store::{self, StoreError, Transaction, login_failures::Failures};
use std::time::Duration;

/// Which kind of attempt it is.
#[derive(Clone, Copy, Debug)]
pub enum Claimant<'a> {
    /// A client that wants to sign in: the canonical username, or what was typed if it is none, and whose it is.
    Stranger { username: &'a str, user_id: Option<&'a str> },
    /// A user who is signed in, by this session, and has to confirm it.
    SignedIn { session: SessionId, user_id: &'a str },
    /// A client that wants an account, and shows no password but chooses one. That costs as much as checking one, so it is
    /// counted alike; see [`REGISTRATION`](super::throttle::REGISTRATION).
    Newcomer,
}

/// Leave to check one password, once.
pub struct Attempt {
    permit: HashPermit,
    counters: Vec<Counted>,
}

/// A password that has been checked. The attempt stands as a failure until [`succeeded`](Self::succeeded) or
/// [`uncounted`](Self::uncounted).
pub struct Checked {
    /// Whether it is the right one.
    pub right: bool,
    /// Whether it is one that the account had before.
    pub previous: bool,
    counters: Vec<Counted>,
}

/// What an attempt is counted by.
struct Counter {
    key: String,
    /// Whose account it is about, if there is one.
    user_id: Option<String>,
    limit: &'static Limit,
    /// What a success does to it.
    success: Success,
}

/// A counter that an attempt has been counted by.
struct Counted {
    counter: Counter,
    /// Before the attempt, and with it.
    before: Failures,
    counted: Failures,
}

#[derive(Clone, Copy)]
enum Success {
    /// The client that knew the password is to be trusted again.
    Forgets,
    /// This attempt was no failure; what others did stands.
    TakesItsOwnBack,
}

/// Admits an attempt and counts it.
///
/// # Errors
/// [`AccountError::Throttled`], [`AccountError::Hashing`], [`AccountError::Store`]; nothing is counted then.
pub async fn admit(accounts: &Accounts, claimant: Claimant<'_>, device: &Device) -> Result<Attempt, AccountError> {
    let trusted = match claimant {
        Claimant::Stranger { user_id, .. } => is_trusted(accounts, user_id, device).await?,
        _ => false,
    };
    let counters = counters_of(claimant, trusted, device);
    let requester = requester_of(claimant, &counters, device);
    if !accounts.rules.throttle {
        return Ok(Attempt { permit: accounts.passwords.permit(&requester)?, counters: Vec::new() });
    }

    // A look without a lock first, so that a flood of attempts that have to wait never gets in the writer's way.
    let mut verdicts = Vec::with_capacity(2);
    for counter in &counters {
        if let Some(known) = store::login_failures::find(&accounts.ledger.store, &counter.key).await? {
            verdicts.push(counter.limit.judge(known, accounts.ledger.clock.now()));
        }
    }
    all_admitted(&verdicts)?;
    if let Claimant::Stranger { user_id, .. } = claimant {
        sign_in_limit::check(accounts, user_id.unwrap_or_default()).await?;
    }

    let permit = accounts.passwords.permit(&requester)?;
    let mut tx = accounts.ledger.store.begin().await?;
    let (mut verdicts, mut before) = (Vec::with_capacity(2), Vec::with_capacity(2));
    for counter in &counters {
        let known = store::login_failures::hold(&mut tx, &counter.key).await?;
        verdicts.push(counter.limit.judge(known, accounts.ledger.clock.now()));
        before.push(known);
    }
    // An attempt that has to wait for one of them is counted by none of them: the transaction is dropped.
    let admitted = all_admitted(&verdicts)?;
    let mut all = Vec::with_capacity(2);
    for ((counter, before), counted) in counters.into_iter().zip(before).zip(admitted) {
        store::login_failures::set(&mut tx, &counter.key, counter.user_id.as_deref(), counted).await?;
        all.push(Counted { counter, before, counted });
    }
    tx.commit().await?;
    Ok(Attempt { permit, counters: all })
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
    /// Checks the password against the current hash and previous ones: one computation, whatever comes of it.
    ///
    /// # Errors
    /// [`HashingError`], if the hashing breaks off; the attempt stays counted.
    pub async fn check(
        self,
        presented: Password,
        stored_hash: String,
        previous: String,
    ) -> Result<Checked, HashingError> {
        let compared = self.permit.verify(presented, stored_hash, previous).await?;
        let (right, previous) = (compared == Comparison::Current, compared == Comparison::Previous);
        Ok(Checked { right, previous, counters: self.counters })
    }
}

impl Checked {
    /// Takes the count back, as part of the change that the password has opened the way to.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn succeeded(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        for Counted { counter, .. } in &self.counters {
            match counter.success {
                Success::Forgets => drop(store::login_failures::forget(tx, &counter.key).await?),
                Success::TakesItsOwnBack => store::login_failures::take_back(tx, &counter.key).await?,
            }
        }
        Ok(())
    }

    /// Lets the waiting begin now, at the end of the check: it may have queued for longer than the waiting takes, and a
    /// guesser would never have to wait for an answer.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn failed(&self, tx: &mut Transaction, now: Timestamp) -> Result<(), StoreError> {
        for Counted { counter, .. } in &self.counters {
            store::login_failures::postpone(tx, &counter.key, now).await?;
        }
        Ok(())
    }

    /// Makes the counts what they would be without this attempt: neither higher, nor with a wait that begins anew.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn uncounted(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        for Counted { counter, before, counted } in &self.counters {
            store::login_failures::uncount(tx, &counter.key, *counted, *before).await?;
        }
        Ok(())
    }
}

/// Whether a session of this user is live in the device's network. Asked for a user who does not exist, too: the same work
/// for every name.
async fn is_trusted(accounts: &Accounts, user_id: Option<&str>, device: &Device) -> Result<bool, StoreError> {
    let network = device.network().unwrap_or_default();
    store::sign_ins::any_live_at(
        &accounts.ledger.store,
        user_id.unwrap_or_default(),
        &network,
        accounts.ledger.clock.now(),
    )
    .await
}

/// Always in this order, so that two attempts never wait for each other's rows.
fn counters_of(claimant: Claimant<'_>, trusted: bool, device: &Device) -> Vec<Counter> {
    let network = device.network();
    let own = |kind: CountKind, text: &str, user_id: Option<&str>| Counter {
        key: key(kind.name(), text),
        user_id: user_id.map(str::to_owned),
        limit: kind.limit(),
        success: Success::Forgets,
    };
    let shared = |kind: CountKind| {
        network.as_ref().map(|network| Counter {
            key: key(kind.name(), network),
            user_id: None,
            limit: kind.limit(),
            success: Success::TakesItsOwnBack,
        })
    };
    let (own, shared) = match claimant {
        Claimant::SignedIn { session, user_id } => {
            (Some(own(CountKind::Session, &session.to_string(), Some(user_id))), None)
        }
        Claimant::Newcomer => (None, shared(CountKind::Registration)),
        Claimant::Stranger { username, user_id } => match user_id.filter(|_| trusted) {
            Some(id) => {
                let here = format!("{id} {}", network.as_deref().unwrap_or_default());
                (Some(own(CountKind::TrustedNetwork, &here, user_id)), shared(CountKind::AllTrusted))
            }
            None => (Some(own(CountKind::Account, username, user_id)), shared(CountKind::Network)),
        },
    };
    own.into_iter().chain(shared).collect()
}

/// A user's share of the hashing queue goes by the count: an attacker elsewhere who fails on purpose uses up the share of
/// the account's strangers, and not that of the owner at a trusted network, or signed in.
fn requester_of(claimant: Claimant<'_>, counters: &[Counter], device: &Device) -> Requester {
    match (claimant, counters) {
        (Claimant::SignedIn { user_id, .. }, _) => Requester::user_at(user_id, device),
        (Claimant::Stranger { .. }, [own, ..]) => Requester::user_at(&own.key, device),
        _ => Requester::at(device),
    }
}
