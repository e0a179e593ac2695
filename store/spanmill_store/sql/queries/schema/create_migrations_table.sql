-- Where the applied migrations are remembered; made before the first migration, so not one itself.
CREATE TABLE IF NOT EXISTS schema_migrations /*on cluster*/
(
    Version UInt32,
    Name String,
    Checksum String,
    AppliedAt DateTime64(3) DEFAULT now64(3),
    DurationMs UInt32
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(AppliedAt)
ORDER BY Version
SETTINGS non_replicated_deduplication_window = 10000
