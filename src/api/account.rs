//! Who one is: `GET /api/me`.

use super::error::ApiError;
use crate::client::transport::SignedIn;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};
use serde::{Deserialize, Serialize};

/// A person who can log in, as the wire shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: String,
    /// As it was typed at registration; two spellings of one canonical name are one account.
    pub username: String,
    pub display_name: String,
    pub roles: Vec<String>,
}

/// One sign-in on one device. Times are RFC 3339 UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub id: String,
    pub created_at: String,
    pub last_seen_at: String,
    /// When the session ends if it is not refreshed before.
    pub idle_expires_at: String,
    /// When the session ends whatever happens.
    pub absolute_expires_at: String,
    /// How many times the refresh token has been rotated.
    pub generation: u32,
    /// "Keep me signed in".
    pub remember: bool,
}

/// The answer of [`me`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub user: User,
    pub session: Session,
}

/// The signed-in user and the session that the access token belongs to.
///
/// # Errors
/// [`ApiError::InvalidToken`] when the access token or its session is no longer good.
#[server(name = GetMe, prefix = "/api", endpoint = "me", input = GetUrl, output = Json, client = SignedIn)]
pub async fn me() -> Result<Me, ApiError> {
    let caller = crate::server::http::caller().await?;
    Ok(caller.into())
}
