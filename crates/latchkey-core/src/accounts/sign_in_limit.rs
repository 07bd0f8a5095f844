//! How many sign-ins an account may have in an hour. A sign-in leaves a session and a line of the security log for weeks,
//! so an attacker with one account, or a faulty program, could otherwise fill the disk.
//!
//! The sessions themselves are what is counted: they are in the database already, so a restart forgets nothing. Where
//! settings let ended sessions be deleted within the hour, those no longer count: they fill no disk either.
//!
//! **What the answer reveals.** An account that has used its hour up is answered 429 before its password is checked,
//! and once more after the check, there too for a right and for a wrong password alike. So it tells nothing about the
//! password. It is the 429 that any name gets after some failures, and its wait is never longer; the database is asked
//! for every name. But an attacker who has not failed with the name before learns from that 429 that the account
//! exists, and that it has signed in `LATCHKEY_SIGN_INS_PER_HOUR` times within the hour. That is accepted: few accounts
//! ever do.

use super::AttemptError;
use super::service::Accounts;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::store::{self, Transaction, sign_ins::SignIns};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The longest wait that is told: that of an account with many failures ([`super::throttle::ACCOUNT`]). A longer one
/// would tell that there is such an account.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// Lets an account sign in that has not used up its hour; `user_id` is `None` for a name without an account.
///
/// # Errors
/// [`AttemptError::Throttled`], [`AttemptError::Store`].
pub async fn check(accounts: &Accounts, user_id: Option<&UserId>) -> Result<(), AttemptError> {
    if !accounts.rules.throttle {
        return Ok(());
    }
    let now = accounts.database.clock.now();
    judge(store::sign_ins::nth_newest(&accounts.database.store, sign_ins(accounts, user_id, now)).await?, now)
}

/// The same in the transaction that would open the session, in which no other can open one.
///
/// # Errors
/// [`AttemptError::Throttled`], [`AttemptError::Store`].
pub async fn check_in(accounts: &Accounts, tx: &mut Transaction, user_id: Option<&UserId>) -> Result<(), AttemptError> {
    if !accounts.rules.throttle {
        return Ok(());
    }
    let now = accounts.database.clock.now();
    judge(store::sign_ins::nth_newest_in(tx, sign_ins(accounts, user_id, now)).await?, now)
}

fn sign_ins<'a>(accounts: &Accounts, user_id: Option<&'a UserId>, now: Timestamp) -> SignIns<'a> {
    // Those in the future, from before the clock was set back, would keep the account waiting for them.
    SignIns { user_id, after: now.before(HOUR), until: now, skip: accounts.rules.sign_ins_per_hour.get() - 1 }
}

/// `oldest` is the first of the sign-ins that use up the hour.
fn judge(oldest: Option<Timestamp>, now: Timestamp) -> Result<(), AttemptError> {
    match oldest {
        None => Ok(()),
        Some(oldest) => Err(AttemptError::Throttled { wait: oldest.after(HOUR).since(now).min(LONGEST_WAIT) }),
    }
}
