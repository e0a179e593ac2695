-- When each session was complete: none of its traces was incomplete, and nothing came to it for long. A session that goes on,
-- or of which a trace is complete anew, is complete again with the next revision; whatever is scored is scored of a revision.
-- What a scorer sees is the traces of a revision. Whole on every node, for a session's traces lie on several shards.
CREATE TABLE IF NOT EXISTS session_completions /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    SessionId String CODEC(ZSTD(1)),
    Revision UInt32 COMMENT '0: the first time',
    Time DateTime64(9) COMMENT 'when this revision was found to be complete' CODEC(Delta, ZSTD(1)),
    StoreTime DateTime64(3) COMMENT 'when the newest span that was looked at had been stored' CODEC(Delta, ZSTD(1)),
    Reason LowCardinality(String) COMMENT 'idle, or, where it never pauses, long',
    TraceIds Array(String) COMMENT 'its traces, in the order in which they began' CODEC(ZSTD(1)),
    InputHash String COMMENT 'hash of its traces and their revisions' CODEC(ZSTD(1)),
    Planner LowCardinality(String) DEFAULT '' COMMENT 'that found it',
    INDEX idx_time Time TYPE minmax GRANULARITY 1,
    INDEX idx_store_time StoreTime TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(StoreTime)
ORDER BY (Project, SessionId)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
