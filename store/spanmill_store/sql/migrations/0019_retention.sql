-- How long rows are kept, and what was deleted for good. What is removed from the tables of items is noted in the books
-- (ingest_ledger, outcomes 'expired' and 'deleted'), so that they go on balancing.
CREATE TABLE IF NOT EXISTS retention /*on cluster*/
(
    Project LowCardinality(String) COMMENT 'empty: every project without a row of its own',
    Kind LowCardinality(String) COMMENT 'traces, logs, metrics, scores or usage',
    Days UInt32 COMMENT 'whole days that are kept; 0: for ever',
    Version UInt64 DEFAULT toUnixTimestamp64Nano(now64(9)),
    IsDeleted UInt8 DEFAULT 0
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Version, IsDeleted)
ORDER BY (Project, Kind)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- What has been looked at, so that a partition in which nothing has changed is not read again. A note may be lost.
CREATE TABLE IF NOT EXISTS upkeep_marks /*on cluster*/
(
    Purpose LowCardinality(String) COMMENT 'retention or forget',
    Table LowCardinality(String),
    PartitionId String,
    MaxBlock Int64 COMMENT 'newest insert that was looked at',
    Rule String COMMENT 'what it was looked at for',
    Time DateTime64(9) DEFAULT now64(9)
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (Purpose, Table, PartitionId)
TTL toDateTime(Time) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- Rows about to be removed, by the request that they came with, while they are: the removal takes exactly these, however
-- many arrive meanwhile, the books are written from here, and what was interrupted is taken up again.
CREATE TABLE IF NOT EXISTS removals /*on cluster*/
(
    Pass UInt64 COMMENT 'one run of one removal',
    Forget UInt64 COMMENT 'Pass of the rows of forgetting that it is for; 0 for retention',
    Outcome LowCardinality(String) COMMENT 'expired or deleted',
    Table LowCardinality(String),
    PartitionId String,
    Project LowCardinality(String),
    KeyId LowCardinality(String),
    Received DateTime64(9) COMMENT 'IngestTime of the rows',
    Items UInt64
)
ENGINE = /*Replicated everywhere*/MergeTree
PARTITION BY Pass
ORDER BY (Table, PartitionId, Project, Received)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- The traces and sessions that are being deleted, while they are.
CREATE TABLE IF NOT EXISTS forgetting /*on cluster*/
(
    Pass UInt64,
    What LowCardinality(String) COMMENT 'trace, session, or subject: whose they are, once it is decided that they go',
    Project LowCardinality(String),
    Id String,
    Time DateTime64(9) DEFAULT now64(9)
)
ENGINE = /*Replicated everywhere*/MergeTree
PARTITION BY Pass
ORDER BY (What, Project, Id)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- What was deleted for good, as keyed hashes: spans that arrive later are recognised by them and deleted too. The row 'salt'
-- holds the key.
CREATE TABLE IF NOT EXISTS forgotten /*on cluster*/
(
    What LowCardinality(String) COMMENT 'user, session, trace or salt',
    Hash FixedString(16) COMMENT 'of the id',
    Project LowCardinality(String) COMMENT 'empty: every project',
    Time DateTime64(9) COMMENT 'when it was asked for; what a user or session does later is new',
    KeepDatasets Bool DEFAULT 0 COMMENT 'whether test cases made from it stay'
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (What, Hash, Project)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
