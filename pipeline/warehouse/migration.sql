-- A row is a migration that was applied, in order, with the SHA-256 of its text.
CREATE TABLE IF NOT EXISTS migration (
    version  INTEGER NOT NULL,
    name     VARCHAR NOT NULL,
    checksum VARCHAR NOT NULL
);
