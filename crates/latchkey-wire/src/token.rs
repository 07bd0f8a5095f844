//! The tokens.

use crate::account::User;
use crate::secret::{self, AccessToken, RefreshToken};
use serde::{Deserialize, Serialize};

/// How an access token is presented (RFC 6750).
pub const TOKEN_TYPE: &str = "Bearer";

/// What a sign-in or a refresh hands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// The access token, a JWT (RFC 9068).
    #[serde(serialize_with = "secret::serialize", deserialize_with = "secret::access_token")]
    pub token: AccessToken,
    /// Good for one refresh.
    #[serde(serialize_with = "secret::serialize", deserialize_with = "secret::refresh_token")]
    pub refresh_token: RefreshToken,
    /// Always `Bearer` (RFC 6750).
    pub token_type: String,
    /// Life of the access token from now, in seconds.
    pub expires_in: u64,
    /// The same moment as RFC 3339 UTC, for clients that trust their clock.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub expires_at: String,
    /// When the refresh token expires if it is not used, RFC 3339 UTC.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub refresh_token_expires_at: String,
    /// The user who has signed in.
    pub user: User,
}
