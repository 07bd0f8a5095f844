-- The texts of the fields that an application has defined, as a JSON object.
ALTER TABLE users ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';
