//! Accounts: who may log in, and with what.

mod administer;
mod argon2id;
mod attempt;
mod change;
mod client_throttle;
mod delete;
mod display_name;
mod hash_queue;
mod hasher;
mod log_in;
mod password;
mod policy;
mod previous;
mod register;
mod role;
mod sign_in_limit;
mod throttle;
mod throttled;
mod username;

pub use administer::{Office, Person};
pub use change::change_password;
pub use client_throttle::ClientThrottle;
pub use delete::delete;
pub use hash_queue::Requester;
pub use hasher::{Hasher, HashingError};
pub use log_in::log_in;
pub use password::Password;
pub use policy::{Owner, advise};
pub use register::{Form, register};
pub use role::{Role, Roles};
pub use throttle::CountKind;
pub use throttled::{ThrottleEntry, clear_all, clear_network, throttled};
pub use username::Username;

use super::detached::Panicked;
use super::metrics::EntryOutcome;
use super::sessions::StartError;
use super::store::{self, Store, StoreError, users::UserRow};
use latchkey_wire::FieldErrors;
use std::time::Duration;

/// A person who can log in.
#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    /// As it was typed at registration.
    pub username: String,
    pub display_name: String,
    pub roles: Roles,
}

/// Why nobody was registered or logged in, or a password was not looked at.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("some fields are not acceptable")]
    Invalid(FieldErrors),
    #[error("the username is taken")]
    UsernameTaken,
    #[error("people cannot make themselves an account here")]
    RegistrationClosed,
    #[error("unknown user, wrong password or disabled account")]
    InvalidCredentials,
    #[error("the session that asked has ended meanwhile")]
    SessionEnded,
    #[error("too many failures, wait {wait:?}")]
    Throttled { wait: Duration },
    #[error("the account has changed meanwhile: try again")]
    ChangedMeanwhile,
    #[error(transparent)]
    Panicked(#[from] Panicked),
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Session(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The account of this name, also one from before final sigmas were folded.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn find_user(store: &Store, name: &Username) -> Result<Option<UserRow>, StoreError> {
    store::usernames::find(store, name.key(), name.unfolded_key()).await
}

/// What somebody who wanted in is counted as.
fn entry_outcome<T>(entry: &Result<T, AccountError>) -> EntryOutcome {
    match entry {
        Ok(_) => EntryOutcome::Succeeded,
        Err(
            AccountError::Invalid(_)
            | AccountError::UsernameTaken
            | AccountError::RegistrationClosed
            | AccountError::InvalidCredentials,
        ) => EntryOutcome::Refused,
        Err(AccountError::Throttled { .. }) => EntryOutcome::Throttled,
        Err(AccountError::Hashing(HashingError::Busy)) => EntryOutcome::Busy,
        Err(_) => EntryOutcome::Failed,
    }
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self { id: row.id, username: row.username, display_name: row.display_name, roles: Roles::from_text(&row.roles) }
    }
}
