//! What a signed-in user can do to the account, with the password once more.

use super::{AccountError, Password};
use crate::api::Secret;
use crate::api::error::{EndReason, FieldErrors};
use crate::server::random;
use crate::server::sessions::{self, Caller, Device, EventKind};
use crate::server::state::App;
use crate::server::store::{self, users::Unchanged, users::UserRow};

/// Gives the account another password and ends all of its other sessions: whoever knew the old one is out.
///
/// # Errors
/// [`AccountError::Invalid`] when the current password is wrong or the new one is not acceptable.
pub async fn change_password(
    app: &App,
    caller: &Caller,
    current: &Secret,
    new: &Secret,
    device: &Device,
) -> Result<(), AccountError> {
    let mut errors = FieldErrors::new();
    let new = Password::chosen(new).map_err(|fault| note(&mut errors, "newPassword", fault.message())).ok();
    let user = confirm(app, caller, current).await?;
    if user.is_none() {
        note(&mut errors, "currentPassword", WRONG);
    }
    let (Some(user), Some(new)) = (user, new) else {
        return Err(AccountError::Invalid(errors));
    };
    let new_hash = app.passwords.hash(new, &random::bytes(&*app.random)).await?;

    let session_id = caller.session.id.to_string();
    let mut tx = app.store.begin().await?;
    let unchanged = Unchanged { user_id: &user.id, checked: &user.password_hash, session_id: &session_id };
    if !store::users::change_password(&mut tx, unchanged, new_hash, app.clock.now()).await? {
        return Err(AccountError::SessionEnded);
    }
    sessions::record(app, &mut tx, &user.id, Some(caller.session.id), EventKind::PasswordChanged, device).await?;
    sessions::end_others(app, &mut tx, caller, EndReason::PasswordChanged, device).await?;
    Ok(tx.commit().await?)
}

/// Deletes the account with its sessions and its security log.
///
/// # Errors
/// [`AccountError::Invalid`] when the password is wrong.
pub async fn delete(app: &App, caller: &Caller, password: &Secret) -> Result<(), AccountError> {
    let Some(user) = confirm(app, caller, password).await? else {
        let mut errors = FieldErrors::new();
        note(&mut errors, "password", WRONG);
        return Err(AccountError::Invalid(errors));
    };

    let session_id = caller.session.id.to_string();
    let mut tx = app.store.begin().await?;
    let unchanged = Unchanged { user_id: &user.id, checked: &user.password_hash, session_id: &session_id };
    if !store::users::delete_own(&mut tx, unchanged).await? {
        return Err(AccountError::SessionEnded);
    }
    Ok(tx.commit().await?)
}

const WRONG: &str = "This is not your password.";

/// The caller's row, if the password is right. An access token alone must not be enough to take an account over or to
/// destroy it: it may have been picked up on a screen left unlocked.
async fn confirm(app: &App, caller: &Caller, password: &Secret) -> Result<Option<UserRow>, AccountError> {
    let user = store::users::find(&app.store, &caller.session.user.id).await?.ok_or(AccountError::SessionEnded)?;
    let right = app.passwords.verify(Password::presented(password), user.password_hash.clone()).await?;
    Ok(right.then_some(user))
}

fn note(errors: &mut FieldErrors, field: &str, message: &str) {
    errors.entry(field.to_owned()).or_default().push(message.to_owned());
}
