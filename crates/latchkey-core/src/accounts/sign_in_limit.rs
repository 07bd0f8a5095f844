//! The limit on the sign-ins of an account in an hour. A sign-in leaves a session and a line of the security log for
//! weeks, so an attacker with one account, or a faulty program, could otherwise fill the disk.
//!
//! The limit counts the sessions in the database, so a restart does not reset it. If the settings let ended sessions be
//! deleted within the hour, those do not count; they do not fill the disk either.
//!
//! **What the answer reveals.** An account that has reached the limit gets 429 before its password is checked, and again
//! after the check, for a right and for a wrong password alike. So it tells nothing about the password. It is the same
//! 429 that any name gets after some failures, its wait is not longer, and the query runs for every name. But an attacker
//! who has not failed with the name before learns from that 429 that the account exists, and that it has signed in
//! `LATCHKEY_SIGN_INS_PER_HOUR` times within the hour. That is accepted, because few accounts ever do.

use super::AttemptError;
use super::service::Accounts;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::{self, Transaction, sign_ins::SignIns};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The longest wait in an answer: that of a name with many failures ([`super::throttle::ACCOUNT`]). A longer one would
/// tell that the account exists.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

impl Accounts {
    /// Admits a sign-in of an account that has not reached the limit of this hour; `user_id` is `None` for a name
    /// without an account.
    ///
    /// # Errors
    /// [`AttemptError::Throttled`], [`AttemptError::Store`].
    pub(super) async fn check_sign_in_limit(&self, user_id: Option<&UserId>) -> Result<(), AttemptError> {
        if !self.rules.throttle {
            return Ok(());
        }
        let now = self.database.clock.now();
        judge(store::sign_ins::nth_newest(&self.database.store, self.sign_ins(user_id, now)).await?, now)
    }

    /// The same in the transaction that would start the session, in which no other can start one.
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
        judge(store::sign_ins::nth_newest_in(tx, self.sign_ins(user_id, now)).await?, now)
    }

    fn sign_ins<'a>(&self, user_id: Option<&'a UserId>, now: Timestamp) -> SignIns<'a> {
        // Those in the future, from before the clock was set back, would keep the account waiting for them.
        SignIns { user_id, after: now.before(HOUR), until: now, skip: self.rules.sign_ins_per_hour.get() - 1 }
    }
}

/// `oldest` is the oldest of the newest sign-ins that reach the limit; `None` if there are fewer.
fn judge(oldest: Option<Timestamp>, now: Timestamp) -> Result<(), AttemptError> {
    match oldest {
        None => Ok(()),
        Some(oldest) => Err(AttemptError::Throttled { wait: oldest.after(HOUR).since(now).min(LONGEST_WAIT) }),
    }
}
