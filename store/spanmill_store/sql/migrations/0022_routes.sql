-- What waits to be judged by people: one item per rule and target. What somebody has judged stays done, however often its
-- target is found again.
CREATE TABLE IF NOT EXISTS review_queue /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    ItemId String COMMENT 'hash of project, rule and target' CODEC(ZSTD(1)),
    Time DateTime64(9) DEFAULT now64(9) COMMENT 'of the flag or score that made the item' CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String DEFAULT '' CODEC(ZSTD(1)),
    SessionId String DEFAULT '' CODEC(ZSTD(1)),
    Rule LowCardinality(String),
    RuleVersion LowCardinality(String),
    Why LowCardinality(String) COMMENT 'flagged, or unsure: the judge''s verdict is an ambiguous one',
    ScoreName LowCardinality(String),
    Value Nullable(Float64),
    Label LowCardinality(String) DEFAULT '',
    Reason String DEFAULT '' CODEC(ZSTD(1)),
    Instructions String DEFAULT '' COMMENT 'for whoever judges' CODEC(ZSTD(1)),
    Choices Map(String, Float64) COMMENT 'the verdicts and their values; empty: any',
    State LowCardinality(String) DEFAULT 'open' COMMENT 'open, withdrawn by late spans that cleared the flag, or done',
    Who LowCardinality(String) DEFAULT '' COMMENT 'has judged it',
    DoneTime Nullable(DateTime64(9)),
    Version UInt64 DEFAULT if(State = 'done', 18446744073709551615, toUInt64(toUnixTimestamp64Nano(Time)))
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Version)
ORDER BY (Project, ItemId)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- What is sent to other systems, until it has arrived. An id follows from what is said and where to, so nothing is entered
-- twice. Of two rows the one that knows more wins: more attempts, and above all how it ended.
CREATE TABLE IF NOT EXISTS notifications /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    NotificationId String COMMENT 'hash of what is said and where to' CODEC(ZSTD(1)),
    Time DateTime64(9) DEFAULT now64(9) COMMENT 'when it was entered' CODEC(Delta, ZSTD(1)),
    Kind LowCardinality(String) COMMENT 'flag, alert, or summary of many flags',
    Rule LowCardinality(String),
    Route LowCardinality(String) COMMENT 'where to, without what is secret of it',
    TraceId String DEFAULT '' CODEC(ZSTD(1)),
    SpanId String DEFAULT '' CODEC(ZSTD(1)),
    SessionId String DEFAULT '' CODEC(ZSTD(1)),
    Body String DEFAULT '' COMMENT 'what is sent; empty once nothing is to be sent any more' CODEC(ZSTD(1)),
    State LowCardinality(String) DEFAULT 'pending' COMMENT 'pending, delivered, failed, or grouped: a summary tells of it',
    Attempts UInt16 DEFAULT 0,
    AttemptTime Nullable(DateTime64(9)) COMMENT 'of the last attempt',
    NextTime DateTime64(9) DEFAULT now64(9) COMMENT 'of the next one, at the earliest',
    Reason String DEFAULT '' COMMENT 'why it has not arrived, or which summary tells of it' CODEC(ZSTD(1)),
    Version UInt32 DEFAULT Attempts + bitShiftLeft(toUInt32(indexOf(['grouped', 'failed', 'delivered'], State)), 16),
    INDEX idx_state State TYPE set(4) GRANULARITY 1
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Version)
ORDER BY (Project, NotificationId)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- How alerts stood and stand: a row for every change, and for every time that somebody was reminded. Its number follows from
-- the row before, so two planners that see the same change write one row.
CREATE TABLE IF NOT EXISTS alert_states /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    Rule LowCardinality(String),
    RuleVersion LowCardinality(String),
    Sequence UInt32,
    Time DateTime64(9) DEFAULT now64(9),
    Since DateTime64(9) DEFAULT Time COMMENT 'when this state began',
    State LowCardinality(String) COMMENT 'ok, firing or no_data',
    Value Nullable(Float64) COMMENT 'the mean or share over all traffic',
    Low Nullable(Float64),
    High Nullable(Float64),
    Scores UInt64 COMMENT 'that it was estimated from'
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (Project, Rule, Sequence)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
