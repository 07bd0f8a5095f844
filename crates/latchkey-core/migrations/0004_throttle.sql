-- Pruning looks for counts that nobody has added to for a while.
CREATE INDEX login_failures_by_time ON login_failures (last_at);
