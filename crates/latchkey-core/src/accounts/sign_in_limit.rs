//! The limit on the sign-ins of an account in an hour. A sign-in leaves a session and a line of the security log for
//! weeks, so an attacker with one account, or a faulty program, could otherwise fill the disk.
//!
//! The limit counts the sessions in the database, so a restart does not reset it. If the settings let ended sessions be
//! deleted within the hour, those do not count; they do not fill the disk either.
//!
//! **What the answer reveals.** An account that has reached the limit gets 429 before its password is checked. A
//! sign-in that finds the limit reached after the check also gets 429, whether the password is right or wrong, so the
//! response does not tell which. It is the same 429 that any name gets after some failures, its wait is not longer, and
//! the query runs for every name. But an attacker who has not failed with the name before learns from that 429 that the
//! account exists, and that it has signed in `LATCHKEY_SIGN_INS_PER_HOUR` times within the hour. That is accepted,
//! because few accounts ever sign in so often.

use super::AttemptError;
use super::service::Accounts;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::{self, Transaction, sign_ins::SignIns};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The longest wait in a response, equal to that of a name with many failures ([`super::throttle::ACCOUNT`]). A longer
/// wait would tell that the account exists.
const MAX_WAIT: Duration = Duration::from_secs(15 * 60);

impl Accounts {
    /// Admits a sign-in if the account has not reached the limit within the last hour; `user_id` is `None` for a name
    /// without an account.
    ///
    /// # Errors
    /// [`AttemptError::Throttled`], [`AttemptError::Store`].
    pub(super) async fn check_sign_in_limit(&self, user_id: Option<&UserId>) -> Result<(), AttemptError> {
        if !self.rules.throttle {
            return Ok(());
        }
        let now = self.database.clock.now();
        check_oldest(store::sign_ins::nth_newest(&self.database.store, self.sign_ins(user_id, now)).await?, now)
    }

    /// The same check in the transaction that starts the session, in which no other session can start.
    ///
    /// # Errors
    /// [`AttemptError::Throttled`], [`AttemptError::Store`].
    pub(super) async fn check_sign_in_limit_in(
        &self,
        tx: &mut Transaction,
        user_id: Option<&UserId>,
    ) -> Result<(), AttemptError> {
        if !self.rules.throttle {
            return Ok(());
        }
        let now = self.database.clock.now();
        check_oldest(store::sign_ins::nth_newest_in(tx, self.sign_ins(user_id, now)).await?, now)
    }

    fn sign_ins<'a>(&self, user_id: Option<&'a UserId>, now: Timestamp) -> SignIns<'a> {
        // Sign-ins in the future, from before the clock was set back, are ignored; otherwise the account would have to
        // wait for them.
        SignIns { user_id, after: now.before(HOUR), until: now, skip: self.rules.sign_ins_per_hour.get() - 1 }
    }
}

/// `oldest` is the n-th newest sign-in within the hour, where n is the limit; `None` if there are fewer.
fn check_oldest(oldest: Option<Timestamp>, now: Timestamp) -> Result<(), AttemptError> {
    match oldest {
        None => Ok(()),
        Some(oldest) => Err(AttemptError::Throttled { wait: oldest.after(HOUR).since(now).min(MAX_WAIT) }),
    }
}
