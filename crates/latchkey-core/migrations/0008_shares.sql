-- Whose account a count is about, where there is one: so that a new password can clear the account's counts.
ALTER TABLE login_failures ADD COLUMN user_id TEXT;
CREATE INDEX login_failures_by_user ON login_failures (user_id);

-- Hashes of passwords that the account had before, newest first, with spaces between: accounts/previous.rs says why.
-- They are removed a month after the change.
ALTER TABLE users ADD COLUMN previous_hashes TEXT;
CREATE INDEX users_with_previous_hashes ON users (password_changed_at) WHERE previous_hashes IS NOT NULL;

-- Sign-ins up to this moment do not count for the limit on sign-ins in an hour: an administrator has let the account in.
ALTER TABLE users ADD COLUMN sign_ins_counted_from BIGINT NOT NULL DEFAULT 0;

-- From which networks and with which devices a user signs in, and when last: what is not here is new to the user.
CREATE TABLE usual_places (
    user_id TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind    TEXT   NOT NULL,
    place   TEXT   NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, kind, place)
);
CREATE INDEX usual_places_by_time ON usual_places (last_at);

INSERT INTO usual_places (user_id, kind, place, last_at)
SELECT user_id, 'network', network, MAX(created_at) FROM sessions WHERE network IS NOT NULL GROUP BY user_id, network;

-- Whether the sign-in came from a network, and with a device, that the user had not used for a while.
ALTER TABLE sessions ADD COLUMN new_network BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN new_device BIGINT NOT NULL DEFAULT 0;
