//! Types for registration, login and the choice of a password, other than the tokens.

use serde::{Deserialize, Serialize};

/// The default value of `remember`. Clients that do not know the field expect a session that lasts for days.
pub const REMEMBER_BY_DEFAULT: bool = true;

/// The server's judgement of a password before it is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordAdvice {
    /// Whether it would be taken.
    pub acceptable: bool,
    /// How hard it is to guess, from 0 to 4. What is acceptable has three at least.
    #[cfg_attr(feature = "openapi", schema(maximum = 4))]
    pub strength: u8,
    /// Why it is not acceptable, and what to do.
    pub advice: Option<String>,
}
