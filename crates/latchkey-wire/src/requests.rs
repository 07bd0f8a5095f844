//! The bodies of requests. Optional fields may be absent or null.

use crate::secret::{self, AccessToken, PlainPassword, RefreshToken};
use serde::{Deserialize, Serialize};

/// `POST /api/auth/register`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RegisterRequest {
    /// Letters and digits of any language, no spaces.
    pub username: String,
    /// At least eight characters, and not easy to guess.
    #[serde(serialize_with = "secret::serialize")]
    pub password: PlainPassword,
    /// What people are shown; the username, unless it is given.
    pub display_name: Option<String>,
    /// "Keep me signed in": whether the session lives for seven days unused, or for hours. If absent or null, true.
    pub remember: Option<bool>,
}

/// `POST /api/auth/login`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest {
    /// In any spelling that means the same account.
    pub username: String,
    #[serde(serialize_with = "secret::serialize")]
    pub password: PlainPassword,
    /// "Keep me signed in": whether the session lives for seven days unused, or for hours. If absent or null, true.
    pub remember: Option<bool>,
}

/// `POST /api/auth/password-advice`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasswordAdviceRequest {
    #[serde(serialize_with = "secret::serialize")]
    pub password: PlainPassword,
    /// Guessed first, like the display name.
    pub username: Option<String>,
    pub display_name: Option<String>,
}

/// `POST /api/token/refresh`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RefreshRequest {
    /// The newest one of the session.
    #[serde(serialize_with = "secret::serialize")]
    pub refresh_token: RefreshToken,
    /// The access token that came with it.
    #[serde(serialize_with = "secret::serialize")]
    pub access_token: Option<AccessToken>,
}

/// `POST /api/token/revoke`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RevokeRequest {
    /// Of any generation since the last password change in its session. An older one ends nothing.
    #[serde(serialize_with = "secret::serialize")]
    pub refresh_token: Option<RefreshToken>,
}

/// `POST /api/sessions/revoke`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevokeSessionRequest {
    /// As the list of sessions has it.
    pub id: String,
}

/// `POST /api/account/password`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangePasswordRequest {
    #[serde(serialize_with = "secret::serialize")]
    pub current_password: PlainPassword,
    #[serde(serialize_with = "secret::serialize")]
    pub new_password: PlainPassword,
}

/// `POST /api/account/delete`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteAccountRequest {
    #[serde(serialize_with = "secret::serialize")]
    pub password: PlainPassword,
}

/// The query of `GET /api/account/events`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecurityLogQuery {
    /// What an earlier page gave as `next`; the first page without it.
    pub before: Option<String>,
}

/// Of requests that bring nothing along.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoInput {}
