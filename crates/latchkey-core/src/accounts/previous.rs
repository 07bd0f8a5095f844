//! Passwords that an account had before, so that a program that still tries one does not keep the owner out.
//!
//! An owner changes the password, and a forgotten program goes on trying the old one every second. Were those tries
//! counted, the account, and the address that the two share, would stay throttled for as long as the program runs, and
//! the owner's right password would get 429. So a try with a previous password is answered like any wrong one, and the
//! count that it was given is taken back. A guesser gains nothing by that: a previous password opens nothing, and each
//! other guess is counted as before.
//!
//! **The new hash has the salt of the old one.** So one computation tells whether the presented password is the current
//! one, a previous one, or neither, and an account that has previous passwords costs what an unknown name costs. Accounts
//! still have different salts. The price: a thief of the database tests a guess against an account's current and previous
//! passwords by one computation instead of several.
//!
//! **At most [`MOST`] are kept, until a month has passed in which none of them was tried.** Two changes in a row are
//! common (a reset by an administrator, then the owner's own), a forgotten program may run for years, and old hashes
//! should not stay in the database without need: `jobs/prune.rs` removes them.

use super::{Hasher, HashingError, NormalizedPassword, Requester, argon2id};
use crate::random::{self, Random};
use crate::store::users::{NewPasswordHash, UserRow};

/// Previous passwords that are kept.
const MOST: usize = 10;

/// What to keep of a new password for this account, and of those before it.
///
/// # Errors
/// [`HashingError`].
pub async fn renew(
    passwords: &Hasher,
    requester: &Requester,
    random: &dyn Random,
    user: &UserRow,
    password: NormalizedPassword,
) -> Result<NewPasswordHash, HashingError> {
    let salt = argon2id::salt_of(&user.password_hash);
    let new_salt = salt.unwrap_or_else(|| random::bytes(random));
    let hash = passwords.hash(requester, password, &new_salt).await?;
    let previous = salt.map(|_| before(&user.password_hash, user.previous_hashes.as_deref(), &hash));
    Ok(NewPasswordHash { hash, previous })
}

/// The previous hashes, newest first, without the hash that is chosen again.
fn before(last: &str, older: Option<&str>, new: &str) -> String {
    let older = older.unwrap_or_default().split(' ').filter(|hash| !hash.is_empty() && *hash != last);
    let all = std::iter::once(last).chain(older).filter(|hash| *hash != new);
    all.take(MOST).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previous_hashes_are_newest_first_without_duplicates() {
        assert_eq!(before("a", None, "b"), "a");
        assert_eq!(before("b", Some("a"), "c"), "b a");
        assert_eq!(before("k", Some("j i h g f e d c b a"), "l"), "k j i h g f e d c b");
        assert_eq!(before("b", Some("a"), "a"), "b", "the first one is chosen again");
        assert_eq!(before("a", Some("b a"), "a"), "b", "the same one is chosen again");
    }
}
