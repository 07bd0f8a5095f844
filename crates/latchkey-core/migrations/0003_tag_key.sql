-- Which of the keyring's secrets the head of a session is tagged under, by its public id: a retry gets the very same
-- refresh token though the keys have been rotated in between. NULL in the rows from before.

ALTER TABLE sessions ADD COLUMN tag_key TEXT;
