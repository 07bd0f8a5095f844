-- From where a user has signed in, asked at every attempt to sign in: one look at an index, however many sessions there are.
ALTER TABLE sessions ADD COLUMN network TEXT;
CREATE INDEX sessions_by_network ON sessions (user_id, network);
