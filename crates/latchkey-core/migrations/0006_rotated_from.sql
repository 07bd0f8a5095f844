-- Where a session was last refreshed from: its sign-in counts as the first refresh. The parent of a head that has been
-- seen in use is tolerated only from there. NULL in the rows from before, until their next rotation.
ALTER TABLE sessions ADD COLUMN rotated_ip TEXT;
ALTER TABLE sessions ADD COLUMN rotated_network TEXT;
ALTER TABLE sessions ADD COLUMN rotated_user_agent TEXT;
