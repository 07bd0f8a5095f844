//! Accounts: who may log in, and with what.

mod argon2id;
mod attempt;
mod change;
mod hasher;
mod password;
mod policy;
mod role;
mod throttle;
mod username;

pub use argon2id::DUMMY_HASH;
pub use attempt::{Attempt, Checked, Claimant, admit};
pub use change::{change_password, delete};
pub use hasher::{Hasher, HashingBusy};
pub use password::Password;
pub use policy::{Owner, Refusal, choose};
pub use role::{Role, Roles};
pub use username::Username;

use super::random;
use super::sessions::{self, Device, EventKind, Issued, StartError};
use super::state::App;
use super::store::{self, StoreError, users::UserRow};
use crate::api::Secret;
use crate::api::error::FieldErrors;
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
    #[error("unknown user, wrong password or disabled account")]
    InvalidCredentials,
    #[error("the session that asked has ended meanwhile")]
    SessionEnded,
    #[error("too many failures, wait {wait:?}")]
    Throttled { wait: Duration },
    #[error(transparent)]
    Busy(#[from] HashingBusy),
    #[error(transparent)]
    Session(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self { id: row.id, username: row.username, display_name: row.display_name, roles: Roles::from_text(&row.roles) }
    }
}

/// Creates an account and its first session, both or neither.
///
/// # Errors
/// [`AccountError::Invalid`] names every field that is not acceptable, at once; [`AccountError::UsernameTaken`].
pub async fn register(
    app: &App,
    username: &str,
    password: &Secret,
    display_name: Option<&str>,
    remember: bool,
    device: &Device,
) -> Result<Issued, AccountError> {
    let (username, password, display_name) = validate(app, username, password, display_name).await?;
    // Looked at before the costly hash, for a quick answer; the unique index has the last word.
    if store::users::find_by_key(&app.store, username.key()).await?.is_some() {
        return Err(AccountError::UsernameTaken);
    }
    let password_hash = app.passwords.hash(password, &random::bytes(&*app.random)).await?;
    let row = UserRow {
        id: random::id(&*app.random),
        username: username.typed().to_owned(),
        username_key: username.key().to_owned(),
        display_name,
        password_hash,
        roles: app.settings.default_roles.to_string(),
        disabled_at: None,
    };

    let mut tx = app.store.begin().await?;
    store::users::insert(&mut tx, &row, app.clock.now()).await.map_err(|error| match error {
        StoreError::Taken => AccountError::UsernameTaken,
        other => other.into(),
    })?;
    let user = User::from(row);
    sessions::record(app, &mut tx, &user.id, None, EventKind::AccountCreated, device).await?;
    let issued = sessions::start(app, &mut tx, user, remember, device).await?;
    tx.commit().await?;
    Ok(issued)
}

/// Opens a session for whoever knows the password.
///
/// An unknown user, a wrong password and a disabled account are answered alike, and do the same work: the same questions
/// to the database, one password hash, two commits. (Only the line in the security log needs an account: its statement
/// runs for any name, and finds no user to write for.) So neither the answer nor the time it takes tells which usernames
/// exist.
///
/// # Errors
/// [`AccountError::InvalidCredentials`], or those of [`admit`].
pub async fn log_in(
    app: &App,
    username: &str,
    password: &Secret,
    remember: bool,
    device: &Device,
) -> Result<Issued, AccountError> {
    let parsed = Username::parse(username).ok();
    let row = match &parsed {
        Some(name) => store::users::find_by_key(&app.store, name.key()).await?,
        None => None,
    };
    let name = parsed.as_ref().map_or(username, Username::key);
    let user_id = row.as_ref().map(|row| row.id.as_str());
    let attempt = admit(app, Claimant::Stranger { username: name, user_id }, device).await?;

    let presented = Password::presented(password);
    let stored_hash = row.as_ref().map_or(DUMMY_HASH, |row| &row.password_hash).to_owned();
    let checked = attempt.check(presented.clone(), stored_hash).await?;
    if let Some(row) = row.as_ref().filter(|row| checked.right && row.disabled_at.is_none())
        && let Some(issued) = open_session(app, row, presented, &checked, remember, device).await?
    {
        return Ok(issued);
    }

    let mut tx = app.store.begin().await?;
    checked.failed(&mut tx, app.clock.now()).await?;
    sessions::record(app, &mut tx, user_id.unwrap_or_default(), None, EventKind::SignInFailed, device).await?;
    tx.commit().await?;
    Err(AccountError::InvalidCredentials)
}

/// Opens a session for an account whose password has just been checked; `None` if the account has changed meanwhile.
async fn open_session(
    app: &App,
    row: &UserRow,
    password: Password,
    checked: &Checked,
    remember: bool,
    device: &Device,
) -> Result<Option<Issued>, AccountError> {
    let mut kept_hash = row.password_hash.clone();
    if argon2id::is_outdated(&kept_hash)
        // Being busy is no reason to turn somebody away who knows the password: the next login will do.
        && let Ok(renewed) = app.passwords.hash(password, &random::bytes(&*app.random)).await
    {
        kept_hash = renewed;
    }

    let mut tx = app.store.begin().await?;
    // Hashing took its time. A password changed or an account disabled meanwhile must not end in a session.
    if !store::users::confirm(&mut tx, &row.id, &row.password_hash, &kept_hash).await? {
        return Ok(None);
    }
    checked.succeeded(&mut tx).await?;
    let issued = sessions::start(app, &mut tx, row.clone().into(), remember, device).await?;
    tx.commit().await?;
    Ok(Some(issued))
}

/// Looks at the whole form, so that all of its faults are told at once.
async fn validate(
    app: &App,
    username: &str,
    password: &Secret,
    display_name: Option<&str>,
) -> Result<(Username, Password, String), AccountError> {
    let mut errors = FieldErrors::new();
    let mut note = |field: &str, message: &str| errors.entry(field.to_owned()).or_default().push(message.to_owned());

    let typed = display_name.map(str::trim).filter(|name| !name.is_empty());
    let owner = Owner { username, display_name: typed.unwrap_or_default() };
    let password = match choose(app, password, owner).await {
        Ok(password) => Some(password),
        Err(Refusal::NotAcceptable(complaint)) => {
            note("password", &complaint);
            None
        }
        Err(Refusal::Failed(error)) => return Err(error),
    };
    let username = Username::parse(username).map_err(|fault| note("username", fault.message())).ok();
    if typed.is_some_and(|name| name.chars().count() > 100 || name.chars().any(is_invisible)) {
        note("displayName", "Use at most 100 characters, without invisible ones.");
    }

    match (username, password) {
        (Some(username), Some(password)) if errors.is_empty() => {
            let display_name = typed.unwrap_or(username.typed()).to_owned();
            Ok((username, password, display_name))
        }
        _ => Err(AccountError::Invalid(errors)),
    }
}

/// Control characters, and those that hide or turn round the text beside them (Unicode's Bidi_Control, line separators
/// and zero-width spaces). The joiners stay: scripts and emoji need them.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
