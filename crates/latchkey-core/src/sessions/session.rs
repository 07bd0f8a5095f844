//! A session and its user, as typed values read from the database.

use super::keyring::{Keyring, TagKey};
use super::lifecycle::{Generation, SessionState};
use super::persistence::Persistence;
use super::refresh_token::{ParsedRefreshToken, RowSecret};
use super::source::Source;
use crate::clock::Timestamp;
use crate::identity::{Roles, User, fields};
use crate::ids::SessionId;
use crate::store::{StoreError, sessions::SessionRow};
use latchkey_wire::{EndReason, UserField};

/// One sign-in on one device.
#[derive(Clone, Debug)]
pub struct Session {
    /// The id, `sid` in access tokens.
    pub id: SessionId,
    /// The user who signed in.
    pub user: User,
    /// Part of every tag of this session's refresh tokens.
    pub(super) secret: RowSecret,
    /// The secrets that password changes have replaced, newest first. The server recognises tokens with their tags, and
    /// rejects them.
    pub(super) retired_secrets: Vec<RowSecret>,
    /// The secret of the keyring that the head is tagged under.
    pub(super) tag_key: TagKey,
    /// The state by which the server decides about its tokens.
    pub state: SessionState,
    /// The source of the last rotation, or of the sign-in before the first one.
    pub(super) rotated_from: Source,
    pub(super) revocation_record: RevocationRecord,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When an access token was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// Whether the session outlives the browser's own.
    pub persistence: Persistence,
}

/// Whether the end of the session is written in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RevocationRecord {
    /// The row has it.
    Written,
    /// The row does not have it. If the session has ended, it has expired or its user is disabled, and the end must be
    /// written before a client learns of it.
    Missing,
}

impl Session {
    /// Whether the server issued this refresh token for this session, before or after its last password change.
    ///
    /// A generation is verified only with the secrets that were in use when it could be issued, so that an old secret
    /// cannot make a token that is valid now.
    pub(super) fn has_issued(&self, token: &ParsedRefreshToken, keyring: &Keyring) -> bool {
        let current = std::slice::from_ref(&self.secret);
        let secrets = if token.generation < self.state.valid_from { &self.retired_secrets } else { current };
        secrets.iter().any(|secret| token.is_genuine(keyring, *secret))
    }
}

/// Why a session is revoked, by its own row or because its user's account is disabled.
pub(super) fn revoked_or_disabled(revoked: Option<EndReason>, disabled_at: Option<i64>) -> Option<EndReason> {
    revoked.or(disabled_at.map(|_| EndReason::RevokedByAdmin))
}

/// The reason of the revocation in a session's row, if there is one.
pub(super) fn revoked(at: Option<i64>, reason: Option<String>) -> Option<EndReason> {
    at.map(|_| reason.map_or(EndReason::Other, |word| EndReason::from_text(&word)))
}

impl Session {
    /// The session of this row, whose user has the fields that are declared.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] names the column.
    pub(super) fn from_row(row: SessionRow, user_fields: &[UserField]) -> Result<Self, StoreError> {
        let damaged = |column: &str| StoreError::Damaged(format!("sessions.{column}"));
        let generation = |value: i64, column| u32::try_from(value).map(Generation).map_err(|_| damaged(column));
        let in_bulk = row.bulk_reason.as_deref().map(EndReason::from_text);
        let revoked = revoked(row.revoked_at, row.revoke_reason).or(in_bulk);
        Ok(Self {
            id: row.id,
            secret: RowSecret::parse(&row.secret).ok_or_else(|| damaged("secret"))?,
            retired_secrets: (row.retired_secrets.iter().flat_map(|secrets| secrets.split(' ')).map(RowSecret::parse))
                .collect::<Option<_>>()
                .ok_or_else(|| damaged("retired_secrets"))?,
            tag_key: TagKey::from_column(row.tag_key),
            state: SessionState {
                head: generation(row.generation, "generation")?,
                confirmed: generation(row.confirmed_generation, "confirmed_generation")?,
                valid_from: generation(row.valid_from_generation, "valid_from_generation")?,
                rotated_at: Timestamp::from_millis(row.rotated_at),
                idle_expires_at: Timestamp::from_millis(row.idle_expires_at),
                absolute_expires_at: Timestamp::from_millis(row.absolute_expires_at),
                revoked: revoked_or_disabled(revoked, row.disabled_at),
            },
            rotated_from: Source { network: row.rotated_network, user_agent: row.rotated_user_agent },
            revocation_record: if revoked.is_some() { RevocationRecord::Written } else { RevocationRecord::Missing },
            created_at: Timestamp::from_millis(row.created_at),
            last_seen_at: Timestamp::from_millis(row.last_seen_at),
            persistence: Persistence::from_remember(row.remember != 0),
            user: User {
                fields: fields::declared(&row.fields, user_fields)?,
                id: row.user_id,
                username: row.username,
                display_name: row.display_name,
                roles: Roles::from_text(&row.roles),
            },
        })
    }
}

impl From<&Session> for latchkey_wire::SessionInfo {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            idle_expires_at: session.state.idle_expires_at.to_string(),
            absolute_expires_at: session.state.absolute_expires_at.to_string(),
            generation: session.state.head.0,
            remember: session.persistence.is_remembered(),
        }
    }
}
