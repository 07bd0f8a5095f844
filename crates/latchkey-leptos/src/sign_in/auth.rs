//! Registration and login, which both answer with [`Tokens`], and advice on new passwords.

use crate::transport::Anonymous;
use latchkey_wire::{ApiError, EnteredFields, PasswordAdvice, PlainPassword, Sent, Tokens, codec::JsonAnswer};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Creates an account and signs in with it. Answers 201.
///
/// # Errors
/// [`ApiError::ValidationFailed`] with everything that is wrong, field by field; [`ApiError::UsernameTaken`].
#[server(
    prefix = "/api", endpoint = "auth/register", input = Json, output = JsonAnswer, client = Anonymous
)]
pub async fn register(
    /// Letters and digits of any language, no spaces.
    username: String,
    /// At least eight characters, and not easy to guess.
    password: Sent<PlainPassword>,
    /// The name that is displayed; by default the username.
    #[server(rename = "displayName")]
    display_name: Option<String>,
    /// Texts for the fields that the application has defined, by name. Other names are ignored, whatever their value.
    fields: Option<EnteredFields>,
    /// "Keep me signed in": whether the session lives for seven days unused, or for hours. If absent or null, true.
    remember: Option<bool>,
) -> Result<Tokens, ApiError> {
    use crate::server::{created, request};
    use latchkey_axum::handlers;
    use latchkey_wire::RegisterRequest;

    let input = RegisterRequest { username, password: password.0, display_name, fields, remember };
    let tokens = handlers::register(&request()?, input).await?;
    created();
    Ok(tokens)
}

/// Signs in.
///
/// # Errors
/// [`ApiError::InvalidCredentials`], the same for an unknown user and a wrong password.
#[server(
    prefix = "/api", endpoint = "auth/login", input = Json, output = JsonAnswer, client = Anonymous
)]
pub async fn login(
    /// In any spelling with the same canonical form.
    username: String,
    /// As it was typed.
    password: Sent<PlainPassword>,
    /// "Keep me signed in": whether the session lives for seven days unused, or for hours. If absent or null, true.
    remember: Option<bool>,
) -> Result<Tokens, ApiError> {
    use latchkey_axum::handlers;
    use latchkey_wire::LoginRequest;

    handlers::log_in(&crate::server::request()?, LoginRequest { username, password: password.0, remember }).await
}

/// Judges a password for a user with these names, as [`register`] and a password change do. It needs no sign-in, counts
/// nothing and writes nothing.
///
/// # Errors
/// [`ApiError::Unavailable`] if the server is too busy.
#[server(
    name = AdvisePassword, prefix = "/api", endpoint = "auth/password-advice", input = Json, output = JsonAnswer,
    client = Anonymous
)]
pub async fn password_advice(
    /// The password to judge.
    password: Sent<PlainPassword>,
    /// Guessed first, like the display name.
    username: Option<String>,
    /// The name that is displayed, by default the username.
    #[server(rename = "displayName")]
    display_name: Option<String>,
) -> Result<PasswordAdvice, ApiError> {
    use latchkey_axum::handlers;
    use latchkey_wire::PasswordAdviceRequest;

    let input = PasswordAdviceRequest { password: password.0, username, display_name };
    handlers::advise_password(&crate::server::request()?, input).await
}
