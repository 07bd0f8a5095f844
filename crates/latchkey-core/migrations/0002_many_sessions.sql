-- Live sessions of one user, found without reading those that have ended. `created_at` never changes, so a rotation
-- does not touch either index.
CREATE INDEX sessions_live_by_user ON sessions (user_id, created_at) WHERE revoked_at IS NULL;

-- What is past its retention.
CREATE INDEX sessions_by_end ON sessions (absolute_expires_at);
CREATE INDEX events_by_time ON events (at);
