-- When a previous password was last tried: as long as a program goes on trying one, its hash is kept.
ALTER TABLE users ADD COLUMN previous_tried_at BIGINT NOT NULL DEFAULT 0;
