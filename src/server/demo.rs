//! Demo mode: sample customers, and an account whose password is printed in the README. Never off loopback; see
//! `config.rs` for the refusal.

use super::accounts::{AccountError, Password, Username};
use super::random;
use super::state::Parts;
use super::store::{self, StoreError, users::UserRow};
use crate::api::Secret;

/// Who can log in to a demo.
pub const USERNAME: &str = "johndoe";
/// The password that everybody knows.
pub const PASSWORD: &str = "def@123";

/// Marks everything that demo mode adds, so that it can be told from real data and taken away again.
const PREFIX: &str = "demo-";
const USER_ID: &str = "demo-johndoe";

const CUSTOMERS: [&str; 6] =
    ["John Doe", "Jane Doe", "Amara Okafor", "Søren Lindqvist", "Mei-Ling Chen", "Luis Fernández"];

/// Adds what is missing. A real account of the same name is left alone.
///
/// # Errors
/// [`AccountError::Store`].
pub async fn fill(parts: &Parts) -> Result<(), AccountError> {
    let now = parts.clock.now();
    if let Ok(username) = Username::parse(USERNAME)
        && store::users::find_by_key(&parts.store, username.key()).await?.is_none()
    {
        let password = Password::presented(&Secret::from(PASSWORD.to_owned()));
        let hash = parts.passwords.hash(password, &random::bytes(&*parts.random)).await?;
        let user = UserRow {
            id: USER_ID.to_owned(),
            username: username.typed().to_owned(),
            username_key: username.key().to_owned(),
            display_name: "John Doe".to_owned(),
            password_hash: hash,
            roles: "Manager".to_owned(),
            disabled_at: None,
        };
        let mut tx = parts.store.begin().await?;
        store::users::insert(&mut tx, &user, now).await?;
        tx.commit().await?;
    }
    let mut tx = parts.store.begin().await?;
    for (number, name) in CUSTOMERS.iter().enumerate() {
        store::customers::add(&mut tx, &format!("{PREFIX}{number}"), name).await?;
    }
    Ok(tx.commit().await?)
}

/// Takes away what demo mode added: a server that goes on to real use must not keep a public password.
///
/// # Errors
/// [`StoreError`].
pub async fn clear(parts: &Parts) -> Result<(), StoreError> {
    let mut tx = parts.store.begin().await?;
    let users = store::users::delete(&mut tx, USER_ID).await?;
    let customers = store::customers::delete_with_prefix(&mut tx, PREFIX).await?;
    if users + customers > 0 {
        tx.commit().await?;
        tracing::warn!(users, customers, "demo mode is off: its account and customers have been removed");
    }
    Ok(())
}
