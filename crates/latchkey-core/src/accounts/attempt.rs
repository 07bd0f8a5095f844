//! An attempt to sign in, to confirm a change with a password, or to register. The server first checks the limits and
//! counts the attempt, and only then checks or hashes the password.
//!
//! ```text
//! let kind = AttemptKind::Confirmation { session, user_id };
//! let attempt = accounts.begin_attempt(kind, client).await?; // or 429, or 503
//! let checked = attempt.check(NormalizedPassword::presented(typed), stored_hash, previous).await?; // one hash
//! let (mut tx, now) = (accounts.database.store.begin().await?, accounts.database.clock.now());
//! if checked.is_right() { checked.record_success(&mut tx).await? } else { checked.record_failure(&mut tx, now).await? }
//! tx.commit().await?;
//! ```
//!
//! **The count comes before the check.** An attempt counts as a failure until it has succeeded. If the server counted
//! it after the check, a hundred simultaneous guesses would all see the old count, and all would be checked. A rejected
//! attempt costs a few reads, but no hash and no write, and it does not lengthen the wait.
//!
//! **The permit comes before the count.** A client that finds the hashing queue full does not use up a try, and of many
//! simultaneous attempts only those with a permit write to the database.
//!
//! **By account.** The key is derived from the typed name, whether such an account exists or not, so a 429 does not
//! tell which accounts exist. Keys are digests, because users sometimes type their password into the username field,
//! and the database must not contain it. (An attacker with the database can still guess a short text from its digest
//! while the row exists: every attempt computes the digest, so it is a fast one.)
//!
//! **By account and trusted network.** An attacker who knows a name can fail on purpose, which must not lock the owner
//! out. So a network in which the user has a live session has its own count instead of the account's: an attacker in
//! another network can make other devices wait, but not the one on which the owner is signed in. The cost is that an
//! attacker inside such a network has five more free tries there, and throttled ones after them. (Such an attacker can
//! also tell from the two counts that the account exists.) When an attacker's session ends, its network is no longer
//! trusted. The use of a stolen session does not make a network trusted: only the network of the sign-in counts. A
//! success in a trusted network does not change the account's own count; otherwise each sign-in of the owner would give
//! an attacker elsewhere five new tries.
//!
//! **By trusted network, over all accounts**: see [`ALL_TRUSTED`](super::throttle::ALL_TRUSTED). Without this count, an
//! attacker in a network that many users share would have the free tries of all of them.
//!
//! **By network**, whatever the name: see [`NETWORK`](super::throttle::NETWORK). A success undoes only its own count;
//! otherwise an attacker with an account could sign in to it now and then, and guess at others without limit. It does
//! not count attempts on accounts that trust the network: otherwise an attacker there who fails on purpose could lock
//! out all users who share it.
//!
//! **Attempts on one account run one after the other**: see [`attempt_queue`](super::attempt_queue). Only attempts with
//! an outcome use up an account's free tries.
//!
//! **A previous password** is wrong, but it is not a guess, so its count is undone ([`previous`](super::previous)).
//!
//! **By session**, for a signed-in user who confirms a change with the password. So an attacker without a session
//! cannot make the user wait, and an attacker with a stolen token cannot make the owner's other devices wait.
//!
//! A refresh needs no password and is never throttled here, so users stay signed in during an attack on their account.

use super::argon2id::PasswordMatch;
use super::attempt_queue::AttemptSlot;
use super::count_key::count_key;
use super::fair_queue::Requester;
use super::hasher::HashPermit;
use super::service::Accounts;
use super::throttle::{CountKind, Limit, ThrottleDecision};
use super::{AttemptError, HashingError, NormalizedPassword};
use crate::clock::Timestamp;
use crate::ids::{SessionId, UserId};
use crate::sessions::ClientInfo;
use crate::store::{self, StoreError, Transaction, login_failures::Failures};
use std::time::Duration;

/// The kind of an attempt.
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
    counters: Vec<CountedAttempt>,
    slot: Option<AttemptSlot>,
}

/// A password that has been checked. The attempt counts as a failure until [`record_success`](Self::record_success) or
/// [`undo_count`](Self::undo_count).
pub struct CheckedAttempt {
    /// The result of the check.
    pub password: PasswordMatch,
    counters: Vec<CountedAttempt>,
    /// Held until the outcome is written, because the next attempt on the account must see it.
    _slot: Option<AttemptSlot>,
}

/// A counter that applies to an attempt.
struct Counter {
    key: String,
    /// The account that the attempt is for, if it exists.
    user_id: Option<UserId>,
    limit: &'static Limit,
    on_success: OnSuccess,
}

/// An attempt as one counter has counted it.
struct CountedAttempt {
    counter: Counter,
    /// The count before the attempt, and with it.
    before: Failures,
    counted: Failures,
}

/// What a successful attempt does to a count.
#[derive(Clone, Copy)]
enum OnSuccess {
    /// Resets the count to zero, because the client knows the password.
    Reset,
    /// Subtracts only this attempt; the failures of other clients remain.
    Decrement,
}

impl Accounts {
    /// Checks the limits and counts the attempt.
    ///
    /// # Errors
    /// [`AttemptError`]; the attempt is then not counted.
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
        let mut tx = self.database.store.begin_shared().await?;
        let (mut decisions, mut before) = (Vec::with_capacity(2), Vec::with_capacity(2));
        for counter in &counters {
            let known = store::login_failures::hold(&mut tx, &counter.key).await?;
            decisions.push(counter.limit.decide(known, self.database.clock.now()));
            before.push(known);
        }
        // If one counter makes the attempt wait, no counter counts it.
        let admitted = match all_admitted(&decisions) {
            Ok(admitted) => admitted,
            Err(throttled) => {
                tx.discard().await?;
                return Err(throttled);
            }
        };
        let mut all = Vec::with_capacity(2);
        for ((counter, before), counted) in counters.into_iter().zip(before).zip(admitted) {
            store::login_failures::set(&mut tx, &counter.key, counter.user_id.as_ref(), counted).await?;
            all.push(CountedAttempt { counter, before, counted });
        }
        tx.commit().await?;
        Ok(Attempt { permit, counters: all, slot })
    }

    async fn check_counts(&self, counters: &[Counter]) -> Result<(), AttemptError> {
        let mut decisions = Vec::with_capacity(2);
        for counter in counters {
            if let Some(known) = store::login_failures::find(&self.database.store, &counter.key).await? {
                decisions.push(counter.limit.decide(known, self.database.clock.now()));
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
    ) -> Result<CheckedAttempt, HashingError> {
        let password = self.permit.verify(presented, stored_hash, previous).await?;
        Ok(CheckedAttempt { password, counters: self.counters, _slot: self.slot })
    }
}

impl CheckedAttempt {
    /// Whether it is the account's password.
    pub fn is_right(&self) -> bool {
        self.password == PasswordMatch::Current
    }

    /// Resets or decrements the counts, in the transaction of the change that the password confirms.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn record_success(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        for CountedAttempt { counter, .. } in &self.counters {
            match counter.on_success {
                OnSuccess::Reset => drop(store::login_failures::delete(tx, &counter.key).await?),
                OnSuccess::Decrement => store::login_failures::decrement(tx, &counter.key).await?,
            }
        }
        Ok(())
    }

    /// Keeps the count, and starts the wait for the next attempt now. A wait that started before the check would be
    /// over already if the check was queued for longer than the wait.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn record_failure(&self, tx: &mut Transaction, now: Timestamp) -> Result<(), StoreError> {
        for CountedAttempt { counter, .. } in &self.counters {
            store::login_failures::set_last_at(tx, &counter.key, now).await?;
        }
        Ok(())
    }

    /// Restores the counts and their waits as they were before this attempt.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn undo_count(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        for CountedAttempt { counter, before, counted } in &self.counters {
            store::login_failures::decrement_and_restore(tx, &counter.key, *counted, *before).await?;
        }
        Ok(())
    }
}

/// The counters of an attempt, always in the same order, so that two attempts cannot deadlock on their rows.
fn counters_of(kind: AttemptKind<'_>, trusted: bool, client: &ClientInfo) -> Vec<Counter> {
    let network = client.network();
    let own = |kind: CountKind, text: &str, user_id: Option<&UserId>| Counter {
        key: count_key(kind.name(), text),
        user_id: user_id.cloned(),
        limit: kind.limit(),
        on_success: OnSuccess::Reset,
    };
    let shared = |kind: CountKind| {
        network.as_ref().map(|network| Counter {
            key: count_key(kind.name(), network),
            user_id: None,
            limit: kind.limit(),
            on_success: OnSuccess::Decrement,
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

/// Each count of an account has its own share of the hashing queue. So an attacker who fails on purpose in another
/// network uses up the share for untrusted networks, not that of the owner in a trusted network or of a signed-in
/// owner.
fn requester_of(kind: AttemptKind<'_>, counters: &[Counter], client: &ClientInfo) -> Requester {
    match (kind, counters) {
        (AttemptKind::Confirmation { user_id, .. }, _) => Requester::user_at(user_id.as_str(), client),
        (AttemptKind::SignIn { .. }, [own, ..]) => Requester::user_at(&own.key, client),
        _ => Requester::at(client),
    }
}
