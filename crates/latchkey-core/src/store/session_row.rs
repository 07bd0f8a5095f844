//! A row of `sessions`, joined with its user's.

use crate::ids::{SessionId, UserId};

/// A row of `sessions` with columns of its user's row. Not `Debug`, because it has a secret.
#[derive(Clone, sqlx::FromRow)]
pub struct SessionRow {
    pub id: SessionId,
    pub user_id: UserId,
    pub secret: String,
    pub generation: i64,
    pub confirmed_generation: i64,
    pub rotated_at: i64,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub idle_expires_at: i64,
    pub absolute_expires_at: i64,
    pub revoked_at: Option<i64>,
    pub revoke_reason: Option<String>,
    pub remember: i64,
    pub tag_key: Option<String>,
    pub valid_from_generation: i64,
    pub retired_secrets: Option<String>,
    pub rotated_network: Option<String>,
    pub rotated_user_agent: Option<String>,
    pub username: String,
    pub display_name: String,
    pub roles: String,
    pub disabled_at: Option<i64>,
    /// Why a bulk revocation ended the session; its own `revoked_at` may not be set yet. See `bulk_revocations.rs`.
    pub bulk_reason: Option<String>,
}
