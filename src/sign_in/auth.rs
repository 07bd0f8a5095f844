//! Registration and login, which both answer with [`Tokens`], and advice on new passwords.

use crate::transport::Anonymous;
use latchkey_wire::{
    ApiError, PasswordAdvice, SentPassword, Tokens,
    codec::{Described, JsonAnswer},
};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

/// Creates an account and signs in with it. Answers 201.
///
/// # Errors
/// [`ApiError::ValidationFailed`] with everything that is wrong, field by field; [`ApiError::UsernameTaken`].
#[server(
    prefix = "/api", endpoint = "auth/register", input = Json, output = JsonAnswer, client = Anonymous,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn register(
    /// Letters and digits of any language, no spaces.
    username: String,
    /// At least eight characters, and not easy to guess.
    password: SentPassword,
    /// What people are shown; the username, unless it is given.
    #[server(rename = "displayName")]
    display_name: Option<String>,
    /// "Keep me signed in": whether the session lives for seven days unused, or for hours. If absent or null, true.
    remember: Option<bool>,
) -> Result<Tokens, ApiError> {
    use crate::context;
    use latchkey_core::accounts;
    use latchkey_core::sessions::Persistence;
    use latchkey_wire::REMEMBER_BY_DEFAULT;

    let (app, client) = (context::app()?, context::client_info()?);
    let persistence = Persistence::from_remember(remember.unwrap_or(REMEMBER_BY_DEFAULT));
    let issued =
        accounts::register(&app.accounts, &username, &password.0, display_name.as_deref(), persistence, &client)
            .await?;
    context::created();
    Ok(issued.into())
}

/// Signs in.
///
/// # Errors
/// [`ApiError::InvalidCredentials`], the same for an unknown user and a wrong password.
#[server(
    prefix = "/api", endpoint = "auth/login", input = Json, output = JsonAnswer, client = Anonymous,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn login(
    /// In any spelling that means the same account.
    username: String,
    password: SentPassword,
    /// "Keep me signed in": whether the session lives for seven days unused, or for hours. If absent or null, true.
    remember: Option<bool>,
) -> Result<Tokens, ApiError> {
    use crate::context;
    use latchkey_core::accounts;
    use latchkey_core::sessions::Persistence;
    use latchkey_wire::REMEMBER_BY_DEFAULT;

    let (app, client) = (context::app()?, context::client_info()?);
    let persistence = Persistence::from_remember(remember.unwrap_or(REMEMBER_BY_DEFAULT));
    Ok(accounts::log_in(&app.accounts, username, password.0, persistence, client).await?.into())
}

/// Judges a password as [`register`] and the change of a password do, for the person with these names. It needs no
/// sign-in, counts nothing and writes nothing.
///
/// # Errors
/// [`ApiError::Unavailable`] when the server is too busy to judge it.
#[server(
    name = AdvisePassword, prefix = "/api", endpoint = "auth/password-advice", input = Json, output = JsonAnswer,
    client = Anonymous,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn password_advice(
    password: SentPassword,
    /// Guessed first, like the display name.
    username: Option<String>,
    #[server(rename = "displayName")] display_name: Option<String>,
) -> Result<PasswordAdvice, ApiError> {
    use crate::context;
    use latchkey_core::accounts::{self, Owner, Requester};

    let (username, display_name) = (username.unwrap_or_default(), display_name.unwrap_or_default());
    let (app, requester) = (context::app()?, Requester::at(&context::client_info()?));
    let public_url = &app.settings.public_url;
    let owner = Owner { username: &username, display_name: &display_name, public_url };
    Ok(accounts::advise(&app.accounts.passwords, &requester, &password.0, owner).await?)
}
