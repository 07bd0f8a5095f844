//! Stores the previous passwords of an account, so that a program that still tries one does not lock the owner out.
//!
//! After a password change, a forgotten program may go on trying the old password every second. If those tries were
//! counted, the account and the network address would stay throttled while the program runs, and the owner's right
//! password would get 429. So a try with a previous password gets the same response as any wrong one, and its count is
//! undone. An attacker gains nothing: a previous password does not sign in, and every other guess is counted.
//!
//! **The new hash has the salt of the old one.** So one computation tells whether the presented password is the current
//! one, a previous one, or neither, and an account with previous passwords takes the same time as an unknown name.
//! Accounts still have different salts. The cost: an attacker with a copy of the database tests a guess against an
//! account's current and previous passwords by one computation instead of several.
//!
//! **At most [`MAX_PREVIOUS`] are kept, until none of them has been tried for a month.** Two changes in a row are
//! common (a reset by an administrator, then the owner's own), a forgotten program may run for years, and old hashes
//! should not stay in the database without need: `jobs/prune.rs` removes them.

use super::{Hasher, HashingError, NormalizedPassword, Requester, argon2id};
use crate::random::{self, Random};
use crate::store::users::{NewPasswordHash, UserRow};

/// The highest number of previous passwords that are kept.
const MAX_PREVIOUS: usize = 10;

/// Hashes a new password for this account, with the salt of the current one; returns the hash, and the previous hashes
/// to store with it.
///
/// # Errors
/// [`HashingError`].
pub async fn hash_new_password(
    passwords: &Hasher,
    requester: &Requester,
    random: &dyn Random,
    user: &UserRow,
    password: NormalizedPassword,
) -> Result<NewPasswordHash, HashingError> {
    let salt = argon2id::salt_of(&user.password_hash);
    let new_salt = salt.unwrap_or_else(|| random::bytes(random));
    let hash = passwords.hash(requester, password, &new_salt).await?;
    let previous = salt.map(|_| previous_hashes(&user.password_hash, user.previous_hashes.as_deref(), &hash));
    Ok(NewPasswordHash { hash, previous })
}

/// The previous hashes, newest first, without that of the new password if it was used before.
fn previous_hashes(last: &str, older: Option<&str>, new: &str) -> String {
    let older = older.unwrap_or_default().split(' ').filter(|hash| !hash.is_empty() && *hash != last);
    let all = std::iter::once(last).chain(older).filter(|hash| *hash != new);
    all.take(MAX_PREVIOUS).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previous_hashes_are_newest_first_without_duplicates() {
        assert_eq!(previous_hashes("a", None, "b"), "a");
        assert_eq!(previous_hashes("b", Some("a"), "c"), "b a");
        assert_eq!(previous_hashes("k", Some("j i h g f e d c b a"), "l"), "k j i h g f e d c b");
        assert_eq!(previous_hashes("b", Some("a"), "a"), "b", "the first one is chosen again");
        assert_eq!(previous_hashes("a", Some("b a"), "a"), "b", "the same one is chosen again");
    }
}
