//! The two ways in: register and log in. Both answer with [`Tokens`].

use super::{Secret, error::ApiError, token::Tokens};
use crate::client::transport::Anonymous;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Creates an account and signs in with it. Answers 201.
///
/// # Errors
/// [`ApiError::ValidationFailed`] with everything that is wrong, field by field; [`ApiError::UsernameTaken`].
#[server(prefix = "/api", endpoint = "auth/register", input = Json, output = Json, client = Anonymous)]
pub async fn register(
    username: String,
    password: Secret,
    #[server(rename = "displayName")] display_name: Option<String>,
    remember: Option<bool>,
) -> Result<Tokens, ApiError> {
    use crate::server::{accounts, http};

    let (app, device, remember) = (http::app()?, http::device()?, remember.unwrap_or_default());
    let issued = accounts::register(&app, &username, &password, display_name.as_deref(), remember, &device).await?;
    http::created();
    Ok(issued.into())
}

/// Signs in.
///
/// # Errors
/// [`ApiError::InvalidCredentials`], the same for an unknown user and a wrong password.
#[server(prefix = "/api", endpoint = "auth/login", input = Json, output = Json, client = Anonymous)]
pub async fn login(username: String, password: Secret, remember: Option<bool>) -> Result<Tokens, ApiError> {
    use crate::server::{accounts, http};

    let (app, device, remember) = (http::app()?, http::device()?, remember.unwrap_or_default());
    Ok(accounts::log_in(&app, username, password, remember, device).await?.into())
}
