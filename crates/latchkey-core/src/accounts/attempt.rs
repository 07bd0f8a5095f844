//! An attempt to prove knowledge of a password: admitted, counted, and only then checked.
//!
//! ```text
//! let kind = AttemptKind::Confirmation { session, user_id };
//! let attempt = begin_attempt(accounts, kind, client).await?; // or 429, or 503
//! let checked = attempt.check(NormalizedPassword::presented(typed), stored_hash, previous).await?; // one hash
//! let (mut tx, now) = (accounts.database.store.begin().await?, accounts.database.clock.now());
//! if checked.right { checked.succeeded(&mut tx).await? } else { checked.failed(&mut tx, now).await? }
//! tx.commit().await?;
//! ```
//!
//! **Counted before it is checked.** An attempt is a failure until it has succeeded: were it counted afterwards, a
//! hundred guesses sent at once would all find the old count and all be checked. A rejected attempt costs a few reads: no
//! hash, no write, and it does not lengthen the wait.
//!
//! **The permit comes before the count.** A client that finds no place in the hashing queue is told to come back, and
//! has not used up a try; and of many attempts at once, only those with a place reach the database's writer.
//!
//! **By account.** The key is made of the name that was typed, whether there is such an account or not, so a 429 does
//! not tell which accounts exist. Keys are digests: people type their password into the field above it, and it must not
//! be stored in the database for that. (An attacker with the database can still guess a short text from its digest
//! while the row lives; it is not hashed slowly, because it would be computed at every attempt.)
//!
//! **By account and trusted network.** An attacker who knows a name can fail on purpose, and must not lock the owner
//! out by that. So a network in which a session of the user is live has a count of its own instead of the account's: an
//! attacker elsewhere makes strange devices wait, never the one that the owner is signed in on. The price: an
//! attacker inside such a network has five more free tries there, and slow ones after them. (Such an attacker can
//! also tell from the two counts that the account exists.) When a thief's session ends, its network is trusted no
//! longer, and a stolen session makes no network trusted: what counts is where a session was signed in. A success in a
//! trusted network does not change the account's own count, or each of the owner's sign-ins would give an attacker
//! elsewhere five fresh tries.
//!
//! **By trusted network, over all accounts**: see [`ALL_TRUSTED`](super::throttle::ALL_TRUSTED). Otherwise an attacker
//! in a network that many users share would have the free tries of each of them.
//!
//! **By network**, whatever the name: see [`NETWORK`](super::throttle::NETWORK). A success undoes its own count and
//! no more, or an attacker with an account could sign in to it now and then and guess at others' without end. It does
//! not count where the network is trusted: one neighbour who fails on purpose would lock out all who share it.
//!
//! **One after the other**: see [`attempt_queue`](super::attempt_queue). Only what is settled uses up an account's free
//! tries.
//!
//! **A previous password** is wrong, but no guess: its count is undone ([`previous`](super::previous)).
//!
//! **By session**, for a signed-in user who is asked for the password again: strangers cannot make the user wait, and a
//! thief with a stolen token cannot make the owner's other devices wait.
//!
//! A refresh asks for no password and is never throttled here: signed-in users stay signed in while their account is
//! attacked.

use super::argon2id::PasswordMatch;
use super::attempt_queue::AttemptSlot;
use super::count_key::key;
use super::hash_queue::Requester;
use super::hasher::HashPermit;
use super::service::Accounts;
use super::throttle::{CountKind, Limit, ThrottleDecision};
use super::{AttemptError, HashingError, NormalizedPassword, sign_in_limit};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::sessions::ClientInfo;
use crate::store::{self, StoreError, Transaction, login_failures::Failures};
use std::time::Duration;

/// Which kind of attempt it is.
#[derive(Clone, Copy, Debug)]
pub enum AttemptKind<'a> {
    /// A client that wants to sign in: the canonical username, or what was typed if it is none, and whose it is.
    SignIn { username: &'a str, user_id: Option<&'a UserId> },
    /// A signed-in user, by this session, who is asked for the password again.
    Confirmation { session: SessionId, user_id: &'a UserId },
    /// A client that wants an account, and shows no password but chooses one. That costs as much as checking one, so it
    /// is counted alike; see [`REGISTRATION`](super::throttle::REGISTRATION).
    Registration,
}

/// The right to check one password, once.
pub struct Attempt {
    permit: HashPermit,
    counters: Vec<Counted>,
    turn: Option<AttemptSlot>,
}

/// A password that has been checked. The attempt stands as a failure until [`succeeded`](Self::succeeded) or
/// [`not_counted`](Self::not_counted).
pub struct Checked {
    /// Whether it is the right one.
    pub right: bool,
    /// Whether it is one that the account had before.
    pub previous: bool,
    counters: Vec<Counted>,
    /// Held until the outcome is written: the next attempt at the account is judged after that.
    _turn: Option<AttemptSlot>,
}

/// What an attempt is counted by.
struct Counter {
    key: String,
    /// Whose account it is about, if there is one.
    user_id: Option<UserId>,
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
    Deletes,
    /// This attempt was no failure; what others did stands.
    Decrements,
}

/// Admits an attempt and counts it.
///
/// # Errors
/// [`AttemptError`]; nothing is counted then.
pub async fn begin_attempt(
    accounts: &Accounts,
    kind: AttemptKind<'_>,
    client: &ClientInfo,
) -> Result<Attempt, AttemptError> {
    let trusted = match kind {
        AttemptKind::SignIn { user_id, .. } => is_trusted(accounts, user_id, client).await?,
        _ => false,
    };
    let counters = counters_of(kind, trusted, client);
    let requester = requester_of(kind, &counters, client);
    if !accounts.rules.throttle {
        return Ok(Attempt { permit: accounts.passwords.permit(&requester)?, counters: Vec::new(), turn: None });
    }

    // Read without a lock first, so that a flood of attempts that have to wait does not block the writer.
    check_counts(accounts, &counters).await?;
    let mut turn = None;
    if let AttemptKind::SignIn { user_id, .. } = kind {
        sign_in_limit::check(accounts, user_id).await?;
        if let Some(own) = counters.first() {
            turn = Some(accounts.attempt_queue.take(&own.key, client).await.ok_or(HashingError::Busy)?);
            // The attempts before it may have used up the tries meanwhile.
            check_counts(accounts, &counters).await?;
        }
    }

    let permit = accounts.passwords.permit(&requester)?;
    let mut tx = accounts.database.store.begin().await?;
    let (mut decisions, mut before) = (Vec::with_capacity(2), Vec::with_capacity(2));
    for counter in &counters {
        let known = store::login_failures::hold(&mut tx, &counter.key).await?;
        decisions.push(counter.limit.judge(known, accounts.database.clock.now()));
        before.push(known);
    }
    // An attempt that has to wait for one of them is counted by none of them: the transaction is dropped.
    let admitted = all_admitted(&decisions)?;
    let mut all = Vec::with_capacity(2);
    for ((counter, before), counted) in counters.into_iter().zip(before).zip(admitted) {
        store::login_failures::set(&mut tx, &counter.key, counter.user_id.as_ref(), counted).await?;
        all.push(Counted { counter, before, counted });
    }
    tx.commit().await?;
    Ok(Attempt { permit, counters: all, turn })
}

async fn check_counts(accounts: &Accounts, counters: &[Counter]) -> Result<(), AttemptError> {
    let mut decisions = Vec::with_capacity(2);
    for counter in counters {
        if let Some(known) = store::login_failures::find(&accounts.database.store, &counter.key).await? {
            decisions.push(counter.limit.judge(known, accounts.database.clock.now()));
        }
    }
    all_admitted(&decisions).map(drop)
}

fn all_admitted(decisions: &[ThrottleDecision]) -> Result<Vec<Failures>, AttemptError> {
    let (mut admitted, mut longest) = (Vec::with_capacity(2), Duration::ZERO);
    for decision in decisions {
        match decision {
            ThrottleDecision::Admitted(failures) => admitted.push(*failures),
            ThrottleDecision::Wait(wait) => longest = longest.max(*wait),
        }
    }
    if longest.is_zero() { Ok(admitted) } else { Err(AttemptError::Throttled { wait: longest }) }
}

impl Attempt {
    /// Checks the password against the current hash and previous ones: one computation, whatever comes of it.
    ///
    /// # Errors
    /// [`HashingError`], if the hashing breaks off; the attempt stays counted.
    pub async fn check(
        self,
        presented: NormalizedPassword,
        stored_hash: String,
        previous: Option<String>,
    ) -> Result<Checked, HashingError> {
        let compared = self.permit.verify(presented, stored_hash, previous).await?;
        let (right, previous) = (compared == PasswordMatch::Current, compared == PasswordMatch::Previous);
        Ok(Checked { right, previous, counters: self.counters, _turn: self.turn })
    }
}

impl Checked {
    /// Undoes the count, as part of the change that the password has opened the way to.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn succeeded(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        for Counted { counter, .. } in &self.counters {
            match counter.success {
                Success::Deletes => drop(store::login_failures::delete(tx, &counter.key).await?),
                Success::Decrements => store::login_failures::decrement(tx, &counter.key).await?,
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
            store::login_failures::set_last_at(tx, &counter.key, now).await?;
        }
        Ok(())
    }

    /// Makes the counts what they would be without this attempt: neither higher, nor with a wait that begins anew.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn not_counted(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        for Counted { counter, before, counted } in &self.counters {
            store::login_failures::decrement_and_restore(tx, &counter.key, *counted, *before).await?;
        }
        Ok(())
    }
}

/// Whether a session of this user is live in the client's network. Asked for a user who does not exist, too: the same
/// work for every name.
async fn is_trusted(accounts: &Accounts, user_id: Option<&UserId>, client: &ClientInfo) -> Result<bool, StoreError> {
    let network = client.network().unwrap_or_default();
    store::sign_ins::any_live_at(&accounts.database.store, user_id, &network, accounts.database.clock.now()).await
}

/// Always in this order, so that two attempts never wait for each other's rows.
fn counters_of(kind: AttemptKind<'_>, trusted: bool, client: &ClientInfo) -> Vec<Counter> {
    let network = client.network();
    let own = |kind: CountKind, text: &str, user_id: Option<&UserId>| Counter {
        key: key(kind.name(), text),
        user_id: user_id.cloned(),
        limit: kind.limit(),
        success: Success::Deletes,
    };
    let shared = |kind: CountKind| {
        network.as_ref().map(|network| Counter {
            key: key(kind.name(), network),
            user_id: None,
            limit: kind.limit(),
            success: Success::Decrements,
        })
    };
    let (own, shared) = match kind {
        AttemptKind::Confirmation { session, user_id } => {
            (Some(own(CountKind::Session, &session.to_string(), Some(user_id))), None)
        }
        AttemptKind::Registration => (None, shared(CountKind::Registration)),
        AttemptKind::SignIn { username, user_id } => match user_id.filter(|_| trusted) {
            Some(id) => {
                let here = format!("{id} {}", network.as_deref().unwrap_or_default());
                (Some(own(CountKind::TrustedNetwork, &here, user_id)), shared(CountKind::AllTrusted))
            }
            None => (Some(own(CountKind::Account, username, user_id)), shared(CountKind::Network)),
        },
    };
    own.into_iter().chain(shared).collect()
}

/// A user's share of the hashing queue goes by the count: an attacker elsewhere who fails on purpose uses up the share
/// of the account outside its trusted networks, and not that of the owner in a trusted network, or signed in.
fn requester_of(kind: AttemptKind<'_>, counters: &[Counter], client: &ClientInfo) -> Requester {
    match (kind, counters) {
        (AttemptKind::Confirmation { user_id, .. }, _) => Requester::user_at(user_id.as_str(), client),
        (AttemptKind::SignIn { .. }, [own, ..]) => Requester::user_at(&own.key, client),
        _ => Requester::at(client),
    }
}
