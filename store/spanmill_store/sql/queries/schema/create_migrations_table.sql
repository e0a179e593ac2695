-- Where the applied migrations are remembered; made before the first migration, so not one itself.
CREATE TABLE IF NOT EXISTS schema_migrations
(
    Version UInt32,
    Name String,
    Checksum String,
    AppliedAt DateTime64(3) DEFAULT now64(3),
    DurationMs UInt32
)
ENGINE = ReplacingMergeTree(AppliedAt)
ORDER BY Version
