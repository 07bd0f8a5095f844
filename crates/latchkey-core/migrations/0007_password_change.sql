-- A password change gives its session a new secret. Tokens of a generation below `valid_from_generation` are from before it
-- and are refused. `retired_secrets` holds the secrets of those generations, newest first, with spaces between, so that the
-- server can tell a token that it handed out from a forged one.
ALTER TABLE sessions ADD COLUMN valid_from_generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN retired_secrets TEXT;
