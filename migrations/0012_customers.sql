-- The sample resource. An earlier version has made the table with Latchkey's own, whose steps 1 to 11 stood here.
CREATE TABLE IF NOT EXISTS customers (
    id   TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
);
