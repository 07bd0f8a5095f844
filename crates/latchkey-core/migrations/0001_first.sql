-- One set of statements for SQLite and PostgreSQL: ids and secrets are TEXT, times are Unix milliseconds UTC,
-- truth values are 0 or 1.

CREATE TABLE users (
    id                  TEXT   NOT NULL PRIMARY KEY,
    username            TEXT   NOT NULL,
    username_key        TEXT   NOT NULL UNIQUE,
    display_name        TEXT   NOT NULL,
    password_hash       TEXT   NOT NULL,
    roles               TEXT   NOT NULL,
    disabled_at         BIGINT,
    created_at          BIGINT NOT NULL,
    password_changed_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id                   TEXT   NOT NULL PRIMARY KEY,
    user_id              TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret               TEXT   NOT NULL,
    generation           BIGINT NOT NULL,
    confirmed_generation BIGINT NOT NULL,
    rotated_at           BIGINT NOT NULL,
    created_at           BIGINT NOT NULL,
    last_seen_at         BIGINT NOT NULL,
    idle_expires_at      BIGINT NOT NULL,
    absolute_expires_at  BIGINT NOT NULL,
    revoked_at           BIGINT,
    revoke_reason        TEXT,
    remember             BIGINT NOT NULL,
    ip                   TEXT,
    user_agent           TEXT,
    dpop_jkt             TEXT
);

CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

CREATE TABLE events (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id TEXT,
    kind       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    ip         TEXT,
    user_agent TEXT,
    detail     TEXT
);

CREATE INDEX events_by_user ON events (user_id, at, id);

CREATE TABLE login_failures (
    key     TEXT   NOT NULL PRIMARY KEY,
    count   BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
