-- Test cases, most of them found in production.
CREATE TABLE IF NOT EXISTS datasets /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    Name String,
    Description String DEFAULT '',
    Time DateTime64(9) DEFAULT now64(9)
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (Project, Name)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- A row's id follows from the dataset and the target it came from, so two rules that flag one trace make one row; which
-- rules they were is in flags.
CREATE TABLE IF NOT EXISTS dataset_rows /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    Dataset LowCardinality(String),
    RowId String CODEC(ZSTD(1)),
    Time DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    Input String CODEC(ZSTD(1)),
    Output String DEFAULT '' COMMENT 'what was answered then, for comparison; not what should be' CODEC(ZSTD(1)),
    Expected String DEFAULT '' CODEC(ZSTD(1)),
    Metadata Map(String, String) CODEC(ZSTD(1)),
    Tags Array(String),
    RowSource LowCardinality(String) DEFAULT 'production' COMMENT 'production, human or synthetic',
    TraceId String DEFAULT '' CODEC(ZSTD(1)),
    SpanId String DEFAULT '' CODEC(ZSTD(1)),
    SessionId String DEFAULT '' CODEC(ZSTD(1)),
    Rule LowCardinality(String) DEFAULT '',
    RuleVersion LowCardinality(String) DEFAULT '',
    ScoreName LowCardinality(String) DEFAULT '',
    ScoreValue Nullable(Float64),
    ScoreLabel LowCardinality(String) DEFAULT '',
    ScoreRationale String DEFAULT '' CODEC(ZSTD(1)),
    IsDeleted UInt8 DEFAULT 0
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (Project, Dataset, RowId)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
