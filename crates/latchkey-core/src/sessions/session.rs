//! A session and its user, as typed values read from the database.

use super::keyring::Keyring;
use super::lifecycle::{Generation, SessionState};
use super::persistence::Persistence;
use super::refresh_token::{ParsedRefreshToken, RowSecret};
use super::source::Source;
use crate::clock::Timestamp;
use crate::identity::{Roles, User};
use crate::ids::SessionId;
use crate::store::{StoreError, sessions::SessionRow};
use latchkey_wire::EndReason;

/// One sign-in on one device.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub user: User,
    pub secret: RowSecret,
    /// The secrets that a password change has retired, newest first. Tokens under them are recognised and refused.
    pub retired_secrets: Vec<RowSecret>,
    /// The id of the keyring's secret that the head is tagged under; `None` in a row older than this column.
    pub tag_key: Option<String>,
    pub state: SessionState,
    /// The source of the last rotation, or of the sign-in before the first one.
    pub rotated_from: Source,
    /// Whether the database records the end. Otherwise the session has ended only as long as the clock or the user's
    /// row say so: the end is recorded before a client is told of it.
    pub end_is_written: bool,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub persistence: Persistence,
}

impl Session {
    /// Whether the server handed out this refresh token for this session, before or after its last password change.
    ///
    /// Each generation verifies under the secrets of its own time only: an old secret must not make a token that is
    /// valid now.
    pub fn handed_out(&self, token: &ParsedRefreshToken, keyring: &Keyring) -> bool {
        let current = std::slice::from_ref(&self.secret);
        let secrets = if token.generation < self.state.valid_from { &self.retired_secrets } else { current };
        secrets.iter().any(|secret| token.is_genuine(keyring, *secret))
    }
}

/// Why a session has ended, if not by time. A disabled account has no live session, whatever its rows say.
pub(super) fn ended(revoked: Option<EndReason>, disabled_at: Option<i64>) -> Option<EndReason> {
    revoked.or(disabled_at.map(|_| EndReason::RevokedByAdmin))
}

/// Why a session was revoked, if its row says that it was.
pub(super) fn revoked(at: Option<i64>, reason: Option<String>) -> Option<EndReason> {
    at.map(|_| reason.map_or(EndReason::Other, |word| EndReason::from_text(&word)))
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
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
            tag_key: row.tag_key,
            state: SessionState {
                head: generation(row.generation, "generation")?,
                confirmed: generation(row.confirmed_generation, "confirmed_generation")?,
                valid_from: generation(row.valid_from_generation, "valid_from_generation")?,
                rotated_at: Timestamp::from_millis(row.rotated_at),
                idle_expires_at: Timestamp::from_millis(row.idle_expires_at),
                absolute_expires_at: Timestamp::from_millis(row.absolute_expires_at),
                ended: ended(revoked, row.disabled_at),
            },
            rotated_from: Source { network: row.rotated_network, user_agent: row.rotated_user_agent },
            end_is_written: revoked.is_some(),
            created_at: Timestamp::from_millis(row.created_at),
            last_seen_at: Timestamp::from_millis(row.last_seen_at),
            persistence: Persistence::from_remember(row.remember != 0),
            user: User {
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
