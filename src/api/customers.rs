//! The sample protected resource: replace it with your own.

use latchkey_leptos::client::signed_in::SignedIn;
use latchkey_wire::{ApiError, codec::JsonAnswer};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// The customers' names, for users with the role `Manager`.
///
/// # Errors
/// [`ApiError::InvalidToken`] without a valid access token, [`ApiError::InsufficientScope`] without the role.
#[server(
    prefix = "/api", endpoint = "customers", input = GetUrl, output = JsonAnswer, client = SignedIn
)]
pub async fn customers() -> Result<Vec<String>, ApiError> {
    use crate::{roles, tables};
    use latchkey_core::identity::Role;
    use latchkey_leptos::server::request;
    const MANAGER: Role = Role::new(roles::MANAGER);

    let request = request()?;
    request.caller().await?.require(&MANAGER)?;
    Ok(tables::customers::names(&request.state.database.store).await?)
}
