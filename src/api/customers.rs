//! The sample protected resource: replace it with your own.

use crate::client::signed_in::SignedIn;
use latchkey_wire::{
    ApiError,
    codec::{Described, JsonAnswer},
};
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
    use crate::context;
    use crate::tables;
    use latchkey_core::identity::Role;

    let (app, caller) = (context::app()?, context::caller().await?);
    caller.require(&Role::manager())?;
    Ok(tables::customers::names(&app.store).await?)
}
