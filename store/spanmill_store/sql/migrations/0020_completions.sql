-- When each trace was complete, and what made it so. A trace whose late spans change what scorers see is complete again, with
-- the next revision; whatever is scored is scored of a revision. Spans that change nothing only move StoreTime.
CREATE TABLE IF NOT EXISTS completions/*_local*/ /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    TraceId String CODEC(ZSTD(1)),
    Revision UInt32 COMMENT '0: the first time',
    Time DateTime64(9) COMMENT 'when this revision was found to be complete' CODEC(Delta, ZSTD(1)),
    StoreTime DateTime64(3) COMMENT 'when the newest span that was looked at had been stored' CODEC(Delta, ZSTD(1)),
    ServiceName LowCardinality(String) COMMENT 'of the root',
    Reason LowCardinality(String) COMMENT 'ended, or, after a longer wait, open spans or no root',
    IdleS Float64 COMMENT 'for how many seconds nothing had to come: by the lateness of the service, the rules and the reason',
    InputHash String COMMENT 'hash of what a scorer of traces sees' CODEC(ZSTD(1)),
    Planner LowCardinality(String) DEFAULT '' COMMENT 'that found it',
    INDEX idx_time Time TYPE minmax GRANULARITY 1,
    INDEX idx_store_time StoreTime TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/ReplacingMergeTree(StoreTime)
ORDER BY (Project, TraceId)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
/*sharded by cityHash64(TraceId)*/
-- ;
-- How late the spans of a service come, as was learned from the last hours: after a trace's root has come, the longest time
-- between one span and the next. The newest row of a service counts.
CREATE TABLE IF NOT EXISTS service_lateness /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    ServiceName LowCardinality(String),
    Time DateTime64(9) DEFAULT now64(9),
    Traces UInt64 COMMENT 'that it was learned from',
    LatenessS Float64 COMMENT 'what 99 of 100 traces do not exceed, in seconds'
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (Project, ServiceName)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- Up to when planners have looked, so that a new one goes on from there instead of from the beginning. May be lost.
CREATE TABLE IF NOT EXISTS planner_cursors /*on cluster*/
(
    Rule LowCardinality(String) COMMENT 'empty: which traces are complete',
    RuleVersion LowCardinality(String),
    Time DateTime64(9) COMMENT 'what was complete by then is entered'
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (Rule, RuleVersion)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
