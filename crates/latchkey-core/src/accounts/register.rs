//! Creating an account.

use super::attempt::{AttemptKind, begin_attempt};
use super::policy::{Owner, PasswordRefused, choose};
use super::service::Accounts;
use super::throttled::clear_failures;
use super::{AttemptError, Hasher, HashingError, NormalizedPassword, Requester, Username, display_name, find_user};
use crate::database::Database;
use crate::detached::{Panicked, detached};
use crate::identity::{Roles, User};
use crate::ids::UserId;
use crate::metrics::EntryOutcome;
use crate::random;
use crate::sessions::{self, ClientInfo, Issued, Persistence, SecurityEvent, StartError};
use crate::store::{self, StoreError, Transaction, users::UserRow};
use latchkey_wire::{FieldErrors, PlainPassword};

/// What the client has sent for a new account.
pub struct NewAccount<'a> {
    pub username: &'a str,
    pub password: &'a PlainPassword,
    pub display_name: Option<&'a str>,
}

/// Why an account was not created.
#[derive(Debug, thiserror::Error)]
pub enum NewAccountError {
    #[error("some fields are not acceptable")]
    Invalid(FieldErrors),
    #[error("the username is taken")]
    UsernameTaken,
    #[error(transparent)]
    Hashing(#[from] HashingError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a registration failed.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error("self-registration is closed")]
    Closed,
    #[error(transparent)]
    Account(#[from] NewAccountError),
    #[error(transparent)]
    Attempt(#[from] AttemptError),
    #[error(transparent)]
    Session(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

impl RegisterError {
    fn outcome(&self) -> EntryOutcome {
        match self {
            Self::Closed | Self::Account(NewAccountError::Invalid(_) | NewAccountError::UsernameTaken) => {
                EntryOutcome::Refused
            }
            Self::Account(NewAccountError::Hashing(error)) => error.outcome(),
            Self::Attempt(error) => error.outcome(),
            Self::Account(NewAccountError::Store(_)) | Self::Session(_) | Self::Store(_) | Self::Panicked(_) => {
                EntryOutcome::Failed
            }
        }
    }
}

/// Creates an account and its first session, both or neither, whether or not the client waits for it.
///
/// # Errors
/// [`RegisterError`]; [`NewAccountError::Invalid`] names every field that is not acceptable, at once.
pub async fn register(
    accounts: &Accounts,
    username: &str,
    password: &PlainPassword,
    display_name: Option<&str>,
    persistence: Persistence,
    client: &ClientInfo,
) -> Result<Issued, RegisterError> {
    let (accounts, username, password) = (accounts.clone(), username.to_owned(), password.clone());
    let (display_name, client) = (display_name.map(str::to_owned), client.clone());
    detached(async move {
        let new = NewAccount { username: &username, password: &password, display_name: display_name.as_deref() };
        let entry = make_account(&accounts, new, persistence, &client).await;
        accounts.metrics.registration(entry.as_ref().map_or_else(RegisterError::outcome, |_| EntryOutcome::Succeeded));
        entry
    })
    .await
}

async fn make_account(
    accounts: &Accounts,
    new: NewAccount<'_>,
    persistence: Persistence,
    client: &ClientInfo,
) -> Result<Issued, RegisterError> {
    if !accounts.rules.registration_open {
        return Err(RegisterError::Closed);
    }
    // Only counted: the permit is free for the next request at once.
    drop(begin_attempt(accounts, AttemptKind::Registration, client).await?);
    let (requester, roles) = (Requester::at(client), &accounts.rules.default_roles);
    let row =
        prepare(&accounts.database, &accounts.passwords, &requester, new, roles, &accounts.rules.public_url).await?;
    let mut tx = accounts.database.store.begin().await?;
    let user = insert(&accounts.database, &mut tx, row, client).await?;
    let issued = sessions::start(&accounts.sessions, &mut tx, user, persistence, client).await?;
    tx.commit().await?;
    Ok(issued)
}

/// The row of a new account, if the form is acceptable; nothing is written yet.
pub(super) async fn prepare(
    database: &Database,
    passwords: &Hasher,
    requester: &Requester,
    new: NewAccount<'_>,
    roles: &Roles,
    public_url: &str,
) -> Result<UserRow, NewAccountError> {
    let (username, password, display_name) = validate(passwords, requester, new, public_url).await?;
    // Checked before the costly hash, for a quick answer; the unique index decides.
    if find_user(&database.store, &username).await?.is_some() {
        return Err(NewAccountError::UsernameTaken);
    }
    Ok(UserRow {
        id: UserId::fresh(&*database.random),
        username: username.typed().to_owned(),
        username_key: username.key().to_owned(),
        display_name,
        password_hash: passwords.hash(requester, password, &random::bytes(&*database.random)).await?,
        roles: roles.to_string(),
        disabled_at: None,
        previous_hashes: None,
    })
}

/// Adds the account and says so in its security log; the caller commits. What was counted against the name before there
/// was an account is cleared: strangers who guessed at the name must not keep its first owner out.
pub(super) async fn insert(
    database: &Database,
    tx: &mut Transaction,
    row: UserRow,
    client: &ClientInfo,
) -> Result<User, NewAccountError> {
    store::users::insert(tx, &row, database.clock.now()).await.map_err(|error| match error {
        StoreError::Taken => NewAccountError::UsernameTaken,
        other => other.into(),
    })?;
    clear_failures(tx, &row.id, &row.username_key, database.clock.now()).await?;
    let user = User::from(row);
    sessions::record(database, tx, &user.id, None, SecurityEvent::AccountCreated, client).await?;
    Ok(user)
}

/// Checks all of it, so that the answer names all faults at once.
async fn validate(
    passwords: &Hasher,
    requester: &Requester,
    new: NewAccount<'_>,
    public_url: &str,
) -> Result<(Username, NormalizedPassword, String), NewAccountError> {
    let mut errors = FieldErrors::default();
    let mut note = |field: &str, message: &str| errors.add(field, message);

    let typed = new.display_name.map(str::trim).filter(|name| !name.is_empty());
    let owner = Owner { username: new.username, display_name: typed.unwrap_or_default(), public_url };
    let password = match choose(passwords, requester, new.password, owner).await {
        Ok(password) => Some(password),
        Err(PasswordRefused::NotAcceptable(complaint)) => {
            note("password", &complaint);
            None
        }
        Err(PasswordRefused::Failed(error)) => return Err(error.into()),
    };
    let username = Username::parse_new(new.username).map_err(|fault| note("username", fault.message())).ok();
    match typed.map(display_name::check) {
        Some(Err(complaint)) => note("displayName", complaint),
        Some(Ok(())) => {}
        // The username is shown instead.
        None if username.as_ref().is_some_and(|name| display_name::check(name.typed()).is_err()) => {
            note("displayName", "Choose a name to be shown: your username is hard to read.");
        }
        None => {}
    }

    match (username, password) {
        (Some(username), Some(password)) if errors.is_empty() => {
            let display_name = typed.unwrap_or(username.typed()).to_owned();
            Ok((username, password, display_name))
        }
        _ => Err(NewAccountError::Invalid(errors)),
    }
}
