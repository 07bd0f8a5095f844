-- A final sigma is a sigma: of accounts whose names differ by nothing else, one gets the canonical key, the one that has
-- it already or the oldest, and the others keep theirs. All of them sign in as before; `latchkey doctor` lists them.
UPDATE users SET username_key = REPLACE(username_key, 'ς', 'σ')
WHERE username_key LIKE '%ς%' AND NOT EXISTS (
    SELECT 1 FROM users AS other
    WHERE other.id <> users.id
      AND REPLACE(other.username_key, 'ς', 'σ') = REPLACE(users.username_key, 'ς', 'σ')
      AND (other.username_key NOT LIKE '%ς%' OR other.created_at < users.created_at
           OR (other.created_at = users.created_at AND other.id < users.id))
);

-- What the next start logs, once.
CREATE TABLE notices (
    name TEXT NOT NULL PRIMARY KEY
);
INSERT INTO notices (name) SELECT 'default_roles' WHERE EXISTS (SELECT 1 FROM users);
