//! The small, frequent updates of sessions: each statement carries out a batch of them.

use super::StoreError;
use super::statement;
use super::writer::Writer;
use crate::clock::Timestamp;
use crate::ids::SessionId;
use serde_json::{Value, json};
use std::collections::HashSet;

/// An update whose only result is whether it found its row in the expected state.
pub enum Update {
    /// Moves the head of a session to another generation.
    Rotate(Rotation),
    /// Records that an access token of a generation was used.
    Seen { id: SessionId, generation: u32, now: Timestamp },
}

/// Moves the head of a session from one generation to the next.
pub(crate) struct Rotation {
    pub(crate) id: SessionId,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) now: Timestamp,
    pub(crate) idle_expires_at: Timestamp,
    /// The id of the keyring's secret that tags the new head.
    pub(crate) tag_key: String,
    /// The client that presented the rotated token.
    pub(crate) ip: Option<String>,
    pub(crate) network: Option<String>,
    pub(crate) user_agent: Option<String>,
}

impl Update {
    /// The session that is updated.
    pub(super) fn id(&self) -> SessionId {
        match self {
            Self::Rotate(rotation) => rotation.id,
            Self::Seen { id, .. } => *id,
        }
    }

    /// The values of this update, in the order in which the statements read them.
    fn to_json(&self) -> Value {
        match self {
            Self::Rotate(rotation) => json!([
                rotation.id.to_string(),
                rotation.from,
                rotation.now.millis(),
                rotation.to,
                rotation.idle_expires_at.millis(),
                rotation.tag_key,
                rotation.ip,
                rotation.network,
                rotation.user_agent,
            ]),
            Self::Seen { id, generation, now } => json!([id.to_string(), generation, now.millis()]),
        }
    }
}

/// The batch is a JSON array with an array for each update; `next` is NULL for [`Update::Seen`].
const SQLITE: &str = "
    WITH b AS (SELECT value ->> 0 AS id, value ->> 1 AS generation, value ->> 2 AS at, value ->> 3 AS next,
                      value ->> 4 AS idle_expires_at, value ->> 5 AS tag_key, value ->> 6 AS ip, value ->> 7 AS network,
                      value ->> 8 AS user_agent
               FROM json_each($1))
    UPDATE sessions
    SET generation = COALESCE(b.next, sessions.generation),
        confirmed_generation = CASE WHEN b.next IS NULL THEN MAX(sessions.confirmed_generation, b.generation)
                                    ELSE sessions.confirmed_generation END,
        rotated_at = CASE WHEN b.next IS NULL THEN sessions.rotated_at ELSE b.at END,
        last_seen_at = CASE WHEN b.next IS NULL THEN MAX(sessions.last_seen_at, b.at) ELSE b.at END,
        idle_expires_at = COALESCE(b.idle_expires_at, sessions.idle_expires_at),
        tag_key = COALESCE(b.tag_key, sessions.tag_key),
        rotated_ip = CASE WHEN b.next IS NULL THEN sessions.rotated_ip ELSE b.ip END,
        rotated_network = CASE WHEN b.next IS NULL THEN sessions.rotated_network ELSE b.network END,
        rotated_user_agent = CASE WHEN b.next IS NULL THEN sessions.rotated_user_agent ELSE b.user_agent END
    FROM b
    WHERE sessions.id = b.id AND sessions.revoked_at IS NULL
          AND (b.next IS NULL
               OR sessions.generation = b.generation
                  AND sessions.epoch = (SELECT session_epoch FROM users WHERE users.id = sessions.user_id))
    RETURNING id";

/// The same for PostgreSQL. It locks the rows in the order of their ids, so that the batches of two servers cannot
/// deadlock.
const POSTGRES: &str = "
    WITH b AS MATERIALIZED (
        SELECT value ->> 0 AS id, CAST(value ->> 1 AS BIGINT) AS generation, CAST(value ->> 2 AS BIGINT) AS at,
               CAST(value ->> 3 AS BIGINT) AS next, CAST(value ->> 4 AS BIGINT) AS idle_expires_at,
               value ->> 5 AS tag_key, value ->> 6 AS ip, value ->> 7 AS network, value ->> 8 AS user_agent
        FROM jsonb_array_elements(CAST($1 AS jsonb)) AS updates (value)),
    locked AS MATERIALIZED (
        SELECT id FROM sessions WHERE id IN (SELECT id FROM b) ORDER BY id FOR NO KEY UPDATE)
    UPDATE sessions
    SET generation = COALESCE(b.next, sessions.generation),
        confirmed_generation = CASE WHEN b.next IS NULL THEN GREATEST(sessions.confirmed_generation, b.generation)
                                    ELSE sessions.confirmed_generation END,
        rotated_at = CASE WHEN b.next IS NULL THEN sessions.rotated_at ELSE b.at END,
        last_seen_at = CASE WHEN b.next IS NULL THEN GREATEST(sessions.last_seen_at, b.at) ELSE b.at END,
        idle_expires_at = COALESCE(b.idle_expires_at, sessions.idle_expires_at),
        tag_key = COALESCE(b.tag_key, sessions.tag_key),
        rotated_ip = CASE WHEN b.next IS NULL THEN sessions.rotated_ip ELSE b.ip END,
        rotated_network = CASE WHEN b.next IS NULL THEN sessions.rotated_network ELSE b.network END,
        rotated_user_agent = CASE WHEN b.next IS NULL THEN sessions.rotated_user_agent ELSE b.user_agent END
    FROM b JOIN locked ON locked.id = b.id
    WHERE sessions.id = b.id AND sessions.revoked_at IS NULL
          AND (b.next IS NULL
               OR sessions.generation = b.generation
                  AND sessions.epoch = (SELECT session_epoch FROM users WHERE users.id = sessions.user_id))
    RETURNING sessions.id";

/// Carries out updates of different sessions, all or none. Returns for each whether it found its row in the expected
/// state.
///
/// # Errors
/// Those of the database.
pub(super) async fn carry_out(updates: &[&Update], writer: &Writer) -> Result<Vec<bool>, StoreError> {
    let batch = Value::from_iter(updates.iter().map(|update| update.to_json())).to_string();
    let sql = match writer {
        Writer::Sqlite(_) => SQLITE,
        Writer::Postgres(_) => POSTGRES,
    };
    let found: Vec<SessionId> = writer.values(statement(sql).bind(batch)).await?;
    let found = HashSet::<SessionId>::from_iter(found);
    Ok(updates.iter().map(|update| found.contains(&update.id())).collect())
}
