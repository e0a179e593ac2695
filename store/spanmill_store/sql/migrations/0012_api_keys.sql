-- Keys. The secret itself is shown once, to whoever creates it; here lies only its SHA-256.
CREATE TABLE IF NOT EXISTS api_keys
(
    KeyId String,
    Project LowCardinality(String),
    Name String,
    Scopes Array(LowCardinality(String)) COMMENT 'ingest, feedback, read, admin',
    Hash FixedString(64) COMMENT 'SHA-256 of the key, hex',
    CreatedAt DateTime64(3),
    RevokedAt Nullable(DateTime64(3)),
    Version UInt64 DEFAULT toUnixTimestamp64Nano(now64(9))
)
ENGINE = ReplacingMergeTree(Version)
ORDER BY KeyId
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
