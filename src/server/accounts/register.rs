//! Creating an account.

use super::attempt::{Claimant, admit};
use super::policy::{Owner, Refusal, choose};
use super::{AccountError, Password, User, Username, entry_outcome};
use crate::api::Secret;
use crate::api::error::FieldErrors;
use crate::server::random;
use crate::server::sessions::{self, Device, EventKind, Issued};
use crate::server::state::App;
use crate::server::store::{self, StoreError, users::UserRow};

/// Creates an account and its first session, both or neither.
///
/// # Errors
/// [`AccountError::Invalid`] names every field that is not acceptable, at once; [`AccountError::UsernameTaken`]; those of
/// [`admit`].
pub async fn register(
    app: &App,
    username: &str,
    password: &Secret,
    display_name: Option<&str>,
    remember: bool,
    device: &Device,
) -> Result<Issued, AccountError> {
    let entry = make_account(app, username, password, display_name, remember, device).await;
    app.metrics.registration(entry_outcome(&entry));
    entry
}

async fn make_account(
    app: &App,
    username: &str,
    password: &Secret,
    display_name: Option<&str>,
    remember: bool,
    device: &Device,
) -> Result<Issued, AccountError> {
    // The attempt is given up at once: what it is counted for is the coming here, and its seat is for who comes next.
    drop(admit(app, Claimant::Newcomer, device).await?);
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

/// Looks at the whole form, so that all of its faults are told at once.
async fn validate(
    app: &App,
    username: &str,
    password: &Secret,
    display_name: Option<&str>,
) -> Result<(Username, Password, String), AccountError> {
    let mut errors = FieldErrors::default();
    let mut note = |field: &str, message: &str| errors.add(field, message);

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
