//! `users`: accounts whose names have become one.

use super::check::{Check, Verdict};
use latchkey_core::store::Store;
use latchkey_core::store::usernames::{self, Twins};

/// A warning for each pair of accounts that have one canonical name.
pub async fn check(store: &Store) -> Vec<Check> {
    let check = |Twins { kept, canonical }: Twins| {
        let text = format!(
            "{kept} and {canonical} are the same name in this version, and each still signs in as it was written when the \
             account was made: agree with their users on which of the accounts to keep"
        );
        Check::new("names", Verdict::Warning, text)
    };
    match usernames::twins(store).await {
        Ok(twins) => twins.into_iter().map(check).collect(),
        Err(error) => vec![Check::new("names", Verdict::Problem, error.to_string())],
    }
}
