//! A row of `sessions`, joined with the row of its user.

use crate::ids::{SessionId, UserId};

/// A row of `sessions` with columns of its user's row. Not `Debug`, because it has a secret.
#[derive(Clone, sqlx::FromRow)]
pub(crate) struct SessionRow {
    pub(crate) id: SessionId,
    pub(crate) user_id: UserId,
    pub(crate) secret: String,
    pub(crate) generation: i64,
    pub(crate) confirmed_generation: i64,
    pub(crate) rotated_at: i64,
    pub(crate) created_at: i64,
    pub(crate) last_seen_at: i64,
    pub(crate) idle_expires_at: i64,
    pub(crate) absolute_expires_at: i64,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) revoke_reason: Option<String>,
    pub(crate) remember: i64,
    pub(crate) tag_key: Option<String>,
    pub(crate) valid_from_generation: i64,
    pub(crate) retired_secrets: Option<String>,
    pub(crate) rotated_network: Option<String>,
    pub(crate) rotated_user_agent: Option<String>,
    pub(crate) username: String,
    pub(crate) display_name: String,
    pub(crate) roles: String,
    pub(crate) fields: String,
    pub(crate) disabled_at: Option<i64>,
    /// Why a bulk revocation ended the session; its own `revoked_at` may not be set yet. See `bulk_revocations.rs`.
    pub(crate) bulk_reason: Option<String>,
}
