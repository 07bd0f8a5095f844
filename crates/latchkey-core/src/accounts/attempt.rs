//! An attempt to prove knowledge of a password: admitted, counted, and only then checked.
//!
//! ```text
//! let kind = AttemptKind::Confirmation { session, user_id };
//! let attempt = accounts.begin_attempt(kind, client).await?; // or 429, or 503
//! let checked = attempt.check(NormalizedPassword::presented(typed), stored_hash, previous).await?; // one hash
//! let (mut tx, now) = (accounts.database.store.begin().await?, accounts.database.clock.now());
//! if checked.is_right() { checked.succeeded(&mut tx).await? } else { checked.failed(&mut tx, now).await? }
//! tx.commit().await?;
//! ```
//!
//! **Counted before it is checked.** An attempt counts as a failure until it has succeeded. If it were counted
//! afterwards, a hundred simultaneous guesses would all find the old count and all be checked. A rejected attempt costs
//! a few reads: no hash, no write, and it does not lengthen the wait.
//!
//! **The permit comes before the count.** A client that finds the hashing queue full has not used up a try; and of many
//! simultaneous attempts, only those with a place reach the database's writer.
//!
//! **By account.** The key is made of the typed name, whether such an account exists or not, so a 429 does not tell which
//! accounts exist. Keys are digests, because users sometimes type their password into the username field, and the
//! database must not contain it. (An attacker with the database can still guess a short text from its digest while the
//! row exists; the digest is a fast one, because every attempt computes it.)
//!
//! **By account and trusted network.** An attacker who knows a name can fail on purpose, which must not lock the owner
//! out. So a network in which a session of the user is live has its own count instead of the account's: an attacker
//! elsewhere makes other devices wait, never the one that the owner is signed in on. The price: an attacker inside such a
//! network has five more free tries there, and slow ones after them. (Such an attacker can also tell from the two counts
//! that the account exists.) When a thief's session ends, its network is not trusted any more, and a stolen session makes
//! no network trusted: only the network of the sign-in counts. A success in a trusted network does not change the
//! account's own count; otherwise each sign-in of the owner would give an attacker elsewhere five new tries.
//!
//! **By trusted network, over all accounts**: see [`ALL_TRUSTED`](super::throttle::ALL_TRUSTED). Otherwise an attacker
//! in a network that many users share would have the free tries of each of them.
//!
//! **By network**, whatever the name: see [`NETWORK`](super::throttle::NETWORK). A success undoes only its own count;
//! otherwise an attacker with an account could sign in to it now and then, and guess at others without limit. Attempts in
//! a trusted network are not counted by it: one neighbour who fails on purpose would lock out all who share the network.
//!
//! **One after the other**: see [`attempt_queue`](super::attempt_queue). Only attempts with an outcome use up an account's
//! free tries.
//!
//! **A previous password** is wrong, but not a guess: its count is undone ([`previous`](super::previous)).
//!
//! **By session**, for a signed-in user who confirms a change with the password: strangers cannot make the user wait, and
//! a thief with a stolen token cannot make the owner's other devices wait.
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
use super::{AttemptError, HashingError, NormalizedPassword};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::sessions::ClientInfo;
use crate::store::{self, StoreError, Transaction, login_failures::Failures};
use std::time::Duration;

/// Which kind of attempt it is.
#[derive(Clone, Copy, Debug)]
pub enum AttemptKind<'a> {
    /// A sign-in: the canonical username, or the typed text if it is not a username, and the account that has it.
    SignIn { username: &'a str, user_id: Option<&'a UserId> },
    /// A signed-in user, with this session, who confirms a change with the password.
    Confirmation { session: SessionId, user_id: &'a UserId },
    /// A registration, which chooses a password. That costs as much as checking one, so it is counted in the same way;
    /// see [`REGISTRATION`](super::throttle::REGISTRATION).
    Registration,
}

/// The right to check one password, once.
pub struct Attempt {
    permit: HashPermit,
    counters: Vec<Counted>,
    slot: Option<AttemptSlot>,
}

/// A password that has been checked. The attempt counts as a failure until [`succeeded`](Self::succeeded) or
/// [`undo_count`](Self::undo_count).
pub struct Checked {
    /// The result of the check.
    pub password: PasswordMatch,
    counters: Vec<Counted>,
    /// Held until the outcome is written: the next attempt at the account is judged after that.
    _slot: Option<AttemptSlot>,
}

/// One of the counts that an attempt is counted by.
struct Counter {
    key: String,
    /// The account that the attempt is for, if it exists.
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
    /// The count begins again at zero: the client knows the password.
    Deletes,
    /// Only this attempt is taken off the count; other clients' failures remain.
    Decrements,
}

impl Accounts {
    /// Admits an attempt and counts it.
    ///
    /// # Errors
    /// [`AttemptError`]; nothing is counted then.
    pub(super) async fn begin_attempt(
        &self,
        kind: AttemptKind<'_>,
        client: &ClientInfo,
    ) -> Result<Attempt, AttemptError> {
        let trusted = match kind {
            AttemptKind::SignIn { user_id, .. } => self.is_trusted(user_id, client).await?,
            _ => false,
        };
        let counters = counters_of(kind, trusted, client);
        let requester = requester_of(kind, &counters, client);
        if !self.rules.throttle {
            return Ok(Attempt { permit: self.passwords.permit(&requester)?, counters: Vec::new(), slot: None });
        }

        // Read without a lock first, so that a flood of attempts that have to wait does not block the writer.
        self.check_counts(&counters).await?;
        let mut slot = None;
        if let AttemptKind::SignIn { user_id, .. } = kind {
            self.check_sign_in_limit(user_id).await?;
            if let Some(own) = counters.first() {
                slot = Some(self.attempt_queue.take(&own.key, client).await.ok_or(HashingError::Busy)?);
                // The attempts before it may have used up the tries meanwhile.
                self.check_counts(&counters).await?;
            }
        }

        let permit = self.passwords.permit(&requester)?;
        let mut tx = self.database.store.begin().await?;
        let (mut decisions, mut before) = (Vec::with_capacity(2), Vec::with_capacity(2));
        for counter in &counters {
            let known = store::login_failures::hold(&mut tx, &counter.key).await?;
            decisions.push(counter.limit.judge(known, self.database.clock.now()));
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
        Ok(Attempt { permit, counters: all, slot })
    }

    async fn check_counts(&self, counters: &[Counter]) -> Result<(), AttemptError> {
        let mut decisions = Vec::with_capacity(2);
        for counter in counters {
            if let Some(known) = store::login_failures::find(&self.database.store, &counter.key).await? {
                decisions.push(counter.limit.judge(known, self.database.clock.now()));
            }
        }
        all_admitted(&decisions).map(drop)
    }

    /// Whether a session of this user is live in the client's network. The query also runs for a user who does not
    /// exist: the same work for every name.
    async fn is_trusted(&self, user_id: Option<&UserId>, client: &ClientInfo) -> Result<bool, StoreError> {
        let network = client.network().unwrap_or_default();
        store::sign_ins::any_live_at(&self.database.store, user_id, &network, self.database.clock.now()).await
    }
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
    /// Checks the password against the current hash and previous ones: one computation, whatever the result.
    ///
    /// # Errors
    /// [`HashingError`] if the hashing fails; the attempt stays counted.
    pub async fn check(
        self,
        presented: NormalizedPassword,
        stored_hash: String,
        previous: Option<String>,
    ) -> Result<Checked, HashingError> {
        let password = self.permit.verify(presented, stored_hash, previous).await?;
        Ok(Checked { password, counters: self.counters, _slot: self.slot })
    }
}

impl Checked {
    /// Whether it is the account's password.
    pub fn is_right(&self) -> bool {
        self.password == PasswordMatch::Current
    }

    /// Undoes the count, in the transaction of the change that the password has confirmed.
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

    /// Begins the wait now, at the end of the check. The attempt may have been in the queue for longer than the wait
    /// lasts, and then a guesser would never have to wait.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn failed(&self, tx: &mut Transaction, now: Timestamp) -> Result<(), StoreError> {
        for Counted { counter, .. } in &self.counters {
            store::login_failures::set_last_at(tx, &counter.key, now).await?;
        }
        Ok(())
    }

    /// Restores the counts and their waits to what they were before this attempt.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn undo_count(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        for Counted { counter, before, counted } in &self.counters {
            store::login_failures::decrement_and_restore(tx, &counter.key, *counted, *before).await?;
        }
        Ok(())
    }
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
