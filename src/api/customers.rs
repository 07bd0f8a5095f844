//! The sample protected resource: replace it with your own.

use super::Described;
use crate::client::transport::SignedIn;
use latchkey_wire::{ApiError, codec::JsonAnswer};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// The customers' names, for users with the role `Manager`.
///
/// # Errors
/// [`ApiError::InvalidToken`] without a good access token, [`ApiError::InsufficientScope`] without the role.
#[server(
    prefix = "/api", endpoint = "customers", input = GetUrl, output = JsonAnswer, client = SignedIn,
    input_derive = (Described, Serialize, Deserialize)
)]
pub async fn customers() -> Result<Vec<String>, ApiError> {
    use crate::server::{accounts::Role, http, store};

    let (app, caller) = (http::app()?, http::caller().await?);
    caller.require(&Role::manager())?;
    Ok(store::customers::names(&app.store).await?)
}
