//! Creates an account.

use super::attempt::AttemptKind;
use super::policy::{PasswordRefused, UserInputs, check_new_password};
use super::service::Accounts;
use super::throttled::clear_failures;
use super::{
    AttemptError, Hasher, HashingError, NormalizedPassword, Requester, Username, display_name, find_user, user_fields,
};
use crate::database::Database;
use crate::detached::{TaskFailed, detached};
use crate::hooks::{HookError, NotAllowed, Registration, SignInKind};
use crate::identity::{Roles, User, fields};
use crate::ids::UserId;
use crate::metrics::EntryOutcome;
use crate::random;
use crate::sessions::{self, ClientInfo, IssuedTokens, Persistence, SecurityEvent, StartError};
use crate::store::{self, StoreError, Transaction, users::UserRow};
use latchkey_wire::{EnteredFields, FieldErrors, FieldValues, PlainPassword, UserField};

/// What a client or an administrator enters for a new account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The username as typed.
    pub username: String,
    /// The password.
    pub password: PlainPassword,
    /// The name that is shown. If it is missing or empty, the username is shown.
    pub display_name: Option<String>,
    /// What was entered for the fields that the application has declared. Other names are ignored.
    pub fields: EnteredFields,
}

impl NewAccount {
    /// An account that is shown by its username, without texts for the application's fields.
    pub fn new(username: String, password: PlainPassword) -> Self {
        Self { username, password, display_name: None, fields: EnteredFields::default() }
    }
}

/// A new account that satisfies the rules.
pub(super) struct ValidAccount {
    username: Username,
    password: NormalizedPassword,
    display_name: String,
    fields: FieldValues,
}

/// The rules for new accounts that come from settings.
pub(super) struct NewAccountRules<'a> {
    /// Where users sign in.
    pub(super) public_url: &'a str,
    /// The fields that the application has declared.
    pub(super) user_fields: &'a [UserField],
}

impl ValidAccount {
    /// The argument of the hook `before_register`.
    fn registration(&self, client: &ClientInfo) -> Registration {
        Registration {
            username: self.username.typed().to_owned(),
            display_name: self.display_name.clone(),
            fields: self.fields.clone(),
            client: client.clone(),
        }
    }
}

/// Why an account was not created.
#[derive(Debug, thiserror::Error)]
pub enum NewAccountError {
    /// Some fields are not acceptable.
    #[error("some fields are not acceptable")]
    Invalid(FieldErrors),
    /// Another account has the username.
    #[error("the username is taken")]
    UsernameTaken,
    /// The password was not hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a registration failed.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The settings do not allow self-registration.
    #[error("self-registration is closed")]
    Closed,
    /// The account was not created.
    #[error(transparent)]
    Account(#[from] NewAccountError),
    /// Too many registrations come from the client's network.
    #[error(transparent)]
    Attempt(#[from] AttemptError),
    /// The hook `before_register` timed out or panicked.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// The session could not be started.
    #[error(transparent)]
    Session(#[from] StartError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The task panicked, or the server was shut down.
    #[error(transparent)]
    TaskFailed(#[from] TaskFailed),
}

impl From<NotAllowed> for RegisterError {
    fn from(error: NotAllowed) -> Self {
        match error {
            NotAllowed::Refused(fields) => NewAccountError::Invalid(fields).into(),
            NotAllowed::Failed(error) => error.into(),
        }
    }
}

impl RegisterError {
    fn outcome(&self) -> EntryOutcome {
        match self {
            Self::Closed | Self::Account(NewAccountError::Invalid(_) | NewAccountError::UsernameTaken) => {
                EntryOutcome::Refused
            }
            Self::Account(NewAccountError::Hashing(error)) => error.outcome(),
            Self::Attempt(error) => error.outcome(),
            Self::Account(NewAccountError::Store(_))
            | Self::Hook(_)
            | Self::Session(_)
            | Self::Store(_)
            | Self::TaskFailed(_) => EntryOutcome::Failed,
        }
    }
}

impl Accounts {
    /// Creates an account and its first session, both or neither. It completes even if the client disconnects.
    ///
    /// # Errors
    /// [`RegisterError`]; [`NewAccountError::Invalid`] names all fields that are not acceptable.
    pub async fn register(
        &self,
        new: NewAccount,
        persistence: Persistence,
        client: &ClientInfo,
    ) -> Result<IssuedTokens, RegisterError> {
        let (accounts, client) = (self.clone(), client.clone());
        detached(async move {
            let registered = accounts.create_and_sign_in(&new, persistence, &client).await;
            let outcome = registered.as_ref().map_or_else(RegisterError::outcome, |_| EntryOutcome::Succeeded);
            accounts.metrics.registration(outcome);
            if let Ok(issued) = &registered {
                accounts.report_sign_in(issued, SignInKind::Registration, &client).await;
            }
            registered
        })
        .await
    }

    async fn create_and_sign_in(
        &self,
        new: &NewAccount,
        persistence: Persistence,
        client: &ClientInfo,
    ) -> Result<IssuedTokens, RegisterError> {
        if !self.rules.registration_open {
            return Err(RegisterError::Closed);
        }
        // The attempt is counted here. Its permit is not needed, so it is dropped for the next request.
        drop(self.begin_attempt(AttemptKind::Registration, client).await?);
        let (passwords, requester) = (&self.passwords, Requester::at(client));
        let rules = NewAccountRules { public_url: &self.rules.public_url, user_fields: self.sessions.user_fields() };
        let valid = validate(&self.database, passwords, &requester, new, &rules).await?;
        let hooks = &self.sessions.hooks;
        hooks.allow(|| valid.registration(client)).await?;
        let row = hash(&self.database, passwords, &requester, valid, &self.rules.default_roles).await?;
        let user = User::from_row(row.clone(), self.sessions.user_fields())?;
        let claims = hooks.extra_claims(&user).await.map_err(StartError::from)?;
        let mut tx = self.database.store.begin().await?;
        let user = insert(&self.database, &mut tx, row, self.sessions.user_fields(), client).await?;
        let issued = self.sessions.start(&mut tx, user, claims, persistence, client).await?;
        tx.commit().await?;
        Ok(issued)
    }
}

/// Checks a new account by the rules, and that its username is free; nothing is written.
pub(super) async fn validate(
    database: &Database,
    passwords: &Hasher,
    requester: &Requester,
    new: &NewAccount,
    rules: &NewAccountRules<'_>,
) -> Result<ValidAccount, NewAccountError> {
    let valid = check_fields(passwords, requester, new, rules).await?;
    // This check saves the costly hash. The unique index decides if two registrations come at once.
    match find_user(&database.store, &valid.username).await? {
        Some(_) => Err(NewAccountError::UsernameTaken),
        None => Ok(valid),
    }
}

/// Hashes the password of a new account; nothing is written yet.
pub(super) async fn hash(
    database: &Database,
    passwords: &Hasher,
    requester: &Requester,
    valid: ValidAccount,
    roles: &Roles,
) -> Result<UserRow, NewAccountError> {
    let ValidAccount { username, password, display_name, fields } = valid;
    Ok(UserRow {
        id: UserId::generate(&*database.random),
        username: username.typed().to_owned(),
        username_key: username.key().to_owned(),
        display_name,
        password_hash: passwords.hash(requester, password, &random::bytes(&*database.random)).await?,
        roles: roles.to_string(),
        fields: fields::to_column(&fields),
        disabled_at: None,
        previous_hashes: None,
    })
}

/// Inserts the account and records it in its security log; the caller commits. Failed attempts that were counted for
/// the name before the account existed are cleared: attackers who guessed passwords for the name must not lock its
/// owner out.
pub(super) async fn insert(
    database: &Database,
    tx: &mut Transaction,
    row: UserRow,
    user_fields: &[UserField],
    client: &ClientInfo,
) -> Result<User, NewAccountError> {
    store::users::insert(tx, &row, database.clock.now()).await.map_err(|error| match error {
        StoreError::Taken => NewAccountError::UsernameTaken,
        other => other.into(),
    })?;
    clear_failures(tx, &row.id, &row.username_key, database.clock.now()).await?;
    let user = User::from_row(row, user_fields)?;
    sessions::record(database, tx, &user.id, None, SecurityEvent::AccountCreated, client).await?;
    Ok(user)
}

/// Checks all fields, so that the response names all faults at once.
async fn check_fields(
    passwords: &Hasher,
    requester: &Requester,
    new: &NewAccount,
    rules: &NewAccountRules<'_>,
) -> Result<ValidAccount, NewAccountError> {
    let mut errors = FieldErrors::default();
    let mut add_error = |field: &str, message: &str| errors.add(field, message);

    let typed = new.display_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let user_inputs =
        UserInputs { username: &new.username, display_name: typed.unwrap_or_default(), public_url: rules.public_url };
    let password = match check_new_password(passwords, requester, &new.password, user_inputs).await {
        Ok(password) => Some(password),
        Err(PasswordRefused::NotAcceptable(advice)) => {
            add_error("password", &advice);
            None
        }
        Err(PasswordRefused::Failed(error)) => return Err(error.into()),
    };
    let username = Username::parse_new(&new.username).map_err(|fault| add_error("username", fault.message())).ok();
    match typed.map(display_name::check) {
        Some(Err(message)) => add_error("displayName", message),
        Some(Ok(())) => {}
        // The username is shown instead.
        None if username.as_ref().is_some_and(|name| display_name::check(name.typed()).is_err()) => {
            add_error("displayName", "Choose a name to be shown: your username is hard to read.");
        }
        None => {}
    }
    let fields = user_fields::check(rules.user_fields, &new.fields, &mut errors);

    match (username, password) {
        (Some(username), Some(password)) if errors.is_empty() => {
            let display_name = typed.unwrap_or(username.typed()).to_owned();
            Ok(ValidAccount { username, password, display_name, fields })
        }
        _ => Err(NewAccountError::Invalid(errors)),
    }
}
