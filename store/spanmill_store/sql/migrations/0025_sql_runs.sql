-- What a run of a rule in SQL said about targets, each under the state that the ledger gets. Scores, flags, test cases and the
-- ledger are written from here, in this order, so the rule is computed once and a target that begins to wait meanwhile is not
-- closed. A run is a partition, dropped when it is done; one that died leaves its partition to be dropped by a later one, and
-- its targets waiting.
CREATE TABLE IF NOT EXISTS sql_runs/*_local*/ /*on cluster*/
(
    Run UInt64 COMMENT 'one share of the targets of one rule, at one time',
    Rule LowCardinality(String),
    State LowCardinality(String) COMMENT 'as the ledger gets it',
    Project LowCardinality(String),
    TraceId String,
    SpanId String,
    SessionId String,
    Revision UInt32,
    SamplingProbability Float64,
    Stratum LowCardinality(String),
    Value Nullable(Float64),
    Label String,
    Rationale String,
    InputHash String,
    IsFlagged Bool,
    Reason String COMMENT 'why there is no score',
    Time DateTime64(9) COMMENT 'when the run began'
)
ENGINE = /*Replicated*/MergeTree
PARTITION BY Run
ORDER BY (State, Project, TraceId, SpanId)
SETTINGS non_replicated_deduplication_window = 0
/*sharded by cityHash64(TraceId)*/
-- ;
-- How far backfills have come, so that one that was interrupted goes on from there.
CREATE TABLE IF NOT EXISTS backfills /*on cluster*/
(
    Rule LowCardinality(String),
    RuleVersion LowCardinality(String),
    Since DateTime64(9) COMMENT 'when traces began that were asked for, the first',
    Until DateTime64(9) COMMENT 'and the last',
    Reached DateTime64(9) COMMENT 'everything from Since to here is entered into the ledger',
    Time DateTime64(9) DEFAULT now64(9)
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Time)
ORDER BY (Rule, RuleVersion)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
