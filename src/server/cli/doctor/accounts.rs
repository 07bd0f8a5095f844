//! The check `names`: accounts whose names are the same by the rules of this version.

use super::check::{Check, Verdict};
use latchkey_core::store::Store;
use latchkey_core::store::usernames::{self, NameConflict};

/// A warning for each pair of accounts with the same canonical name.
pub async fn check(store: &Store) -> Vec<Check> {
    let check = |NameConflict { kept, canonical }: NameConflict| {
        let text = format!(
            "{kept} and {canonical} are the same name in this version; each user still signs in with the name as it was \
             registered: agree with the users on which of the accounts to keep"
        );
        Check::new("names", Verdict::Warning, text)
    };
    match usernames::find_conflicts(store).await {
        Ok(conflicts) => conflicts.into_iter().map(check).collect(),
        Err(error) => vec![Check::new("names", Verdict::Problem, error.to_string())],
    }
}
