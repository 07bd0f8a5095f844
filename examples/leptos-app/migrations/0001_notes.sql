CREATE TABLE notes (
    id      INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL,
    text    TEXT NOT NULL
);
