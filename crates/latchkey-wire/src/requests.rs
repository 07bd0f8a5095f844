//! The bodies of requests. Optional fields may be absent or null.

use crate::entered_fields::EnteredFields;
use crate::secret::{AccessToken, PlainPassword, RefreshToken};
use serde::Deserialize;

/// `POST /api/auth/register`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RegisterRequest {
    /// Letters and digits of any language, no spaces.
    pub username: String,
    /// At least eight characters, and not easy to guess.
    pub password: PlainPassword,
    /// What people are shown; the username, unless it is given.
    pub display_name: Option<String>,
    /// Texts for the fields that the application has defined, by name. Other names are ignored, whatever their value.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>))]
    pub fields: Option<EnteredFields>,
    /// "Keep me signed in": whether the session lives for seven days unused, or for hours. If absent or null, true.
    pub remember: Option<bool>,
}

/// `POST /api/auth/login`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest {
    /// In any spelling that means the same account.
    pub username: String,
    /// As it was typed.
    pub password: PlainPassword,
    /// "Keep me signed in": whether the session lives for seven days unused, or for hours. If absent or null, true.
    pub remember: Option<bool>,
}

/// `POST /api/auth/password-advice`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasswordAdviceRequest {
    /// The password to judge.
    pub password: PlainPassword,
    /// Guessed first, like the display name.
    pub username: Option<String>,
    /// The name that people will be shown.
    pub display_name: Option<String>,
}

/// `POST /api/token/refresh`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RefreshRequest {
    /// The newest one of the session.
    pub refresh_token: RefreshToken,
    /// The access token that came with it.
    pub access_token: Option<AccessToken>,
}

/// `POST /api/token/revoke`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RevokeRequest {
    /// Of any generation since the last password change in its session. An older one ends nothing.
    pub refresh_token: Option<RefreshToken>,
}

/// `POST /api/sessions/revoke`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevokeSessionRequest {
    /// As the list of sessions has it.
    pub id: String,
}

/// `POST /api/account/password`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChangePasswordRequest {
    /// The password until now: an access token alone does not change it.
    pub current_password: PlainPassword,
    /// Held to the same rules as at registration.
    pub new_password: PlainPassword,
}

/// `POST /api/account/delete`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteAccountRequest {
    /// The account's password: an access token alone does not delete it.
    pub password: PlainPassword,
}

/// The query of `GET /api/account/events`.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecurityLogQuery {
    /// What an earlier page gave as `next`; the first page without it.
    pub before: Option<String>,
}

/// Of requests that bring nothing along.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoInput {}
