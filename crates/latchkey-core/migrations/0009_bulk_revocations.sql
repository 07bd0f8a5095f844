-- Revoking every session of a user is one small write, however many there are: the user's `session_epoch` moves on, and
-- a session of an earlier epoch is over. A row here holds the reason until a job has written it into the session rows.
ALTER TABLE users ADD COLUMN session_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;

CREATE TABLE bulk_revocations (
    user_id TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    epoch   BIGINT NOT NULL,
    reason  TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (user_id, epoch)
);

-- A deleted account is marked first; a job then removes its rows in batches.
ALTER TABLE users ADD COLUMN deleted_at BIGINT;
CREATE INDEX users_deleted ON users (deleted_at) WHERE deleted_at IS NOT NULL;

-- Live sessions of one user, past those of earlier epochs that the job has not reached yet.
DROP INDEX sessions_live_by_user;
CREATE INDEX sessions_live_by_user ON sessions (user_id, epoch, created_at) WHERE revoked_at IS NULL;

-- Revoked sessions are deleted some time after the revocation; expired ones by `sessions_by_end`.
CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL AND revoke_reason <> 'expired';
