-- Keys. The secret itself is shown once, to whoever creates it; here lies only its SHA-256.
CREATE TABLE IF NOT EXISTS api_keys /*on cluster*/
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
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Version)
ORDER BY KeyId
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
