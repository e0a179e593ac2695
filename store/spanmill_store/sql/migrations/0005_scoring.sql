-- What was found out about spans, traces and sessions. A score is named for ever by ScoreId, so writing it again replaces it.
-- In the three tables here a target that is a whole session has an empty TraceId, and what belongs to it is on the shard of its
-- session's id, as what belongs to a trace is on that of the trace's.
CREATE TABLE IF NOT EXISTS scores/*_local*/ /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    Time DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String DEFAULT '' COMMENT 'empty: the score is of the whole trace, or without a trace of the whole session' CODEC(ZSTD(1)),
    SessionId String DEFAULT '' CODEC(ZSTD(1)),
    Name LowCardinality(String),
    Value Nullable(Float64),
    Label LowCardinality(String) DEFAULT '',
    Rationale String DEFAULT '' CODEC(ZSTD(1)),
    Source LowCardinality(String) COMMENT 'rule, judge, human, user, api or experiment',
    Rule LowCardinality(String) DEFAULT '',
    RuleVersion LowCardinality(String) DEFAULT '',
    InputHash String DEFAULT '' COMMENT 'hash of what the scorer saw' CODEC(ZSTD(1)),
    SamplingProbability Float64 DEFAULT 1 COMMENT 'chance that this target was sampled: weight means by its inverse',
    JudgeModel LowCardinality(String) DEFAULT '',
    Reviewer LowCardinality(String) DEFAULT '' COMMENT 'the person who said it, where that is known',
    CostUsd Nullable(Float64),
    ScorerTraceId String DEFAULT '' CODEC(ZSTD(1)),
    ExperimentId String DEFAULT '' CODEC(ZSTD(1)),
    ScoreId String COMMENT 'hash of project, target, rule, rule version and name: a new score replaces the old one' CODEC(ZSTD(1)),
    IsWithdrawn UInt8 DEFAULT 0 COMMENT '1: late spans left the rule nothing to say; FINAL leaves the score out',
    INDEX idx_time Time TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/ReplacingMergeTree(Time, IsWithdrawn)
ORDER BY (Project, TraceId, SpanId, if(TraceId = '', SessionId, ''), ScoreId)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
/*sharded by cityHash64(if(TraceId = '', SessionId, TraceId))*/
-- ;
-- What became of every target under every rule, and why. Of two rows the one of the later revision wins; of one revision, what
-- came of scoring beats what the planner decided, however often and late it decides, and else the later one wins. Version
-- says so: 20 bits for the revision, one for an outcome, 43 for the milliseconds.
CREATE TABLE IF NOT EXISTS score_ledger/*_local*/ /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    Rule LowCardinality(String),
    RuleVersion LowCardinality(String),
    TraceId String CODEC(ZSTD(1)),
    SpanId String DEFAULT '' COMMENT 'empty: the target is the whole trace, or without a trace the whole session' CODEC(ZSTD(1)),
    SessionId String DEFAULT '' COMMENT 'of a target that is a whole session; else empty' CODEC(ZSTD(1)),
    State LowCardinality(String) COMMENT 'waiting or final: scored, sampled_out, filtered, late_rescored, budget, parse_error, provider_error, scorer_error, too_large',
    Reason String DEFAULT '' CODEC(ZSTD(1)),
    Time DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    Revision UInt32 DEFAULT 0 COMMENT 'of the completion that was decided upon: 0 is the first, later ones came with late spans',
    SamplingProbability Float64 DEFAULT 1 COMMENT 'chance that this target was sampled',
    Stratum LowCardinality(String) DEFAULT '' COMMENT 'of the rule, whose rate applied; empty: the rule''s own rate',
    Held UInt8 DEFAULT 0 COMMENT 'waiting: 1: for scores of other rules, before it is decided; 2: the same, and an earlier revision was sampled; 0: for a worker',
    IsOutcome Bool DEFAULT State NOT IN ('waiting', 'sampled_out') COMMENT 'of scoring; else the planner''s decision',
    Version UInt64 DEFAULT bitShiftLeft(toUInt64(Revision), 44) + if(IsOutcome, bitShiftLeft(toUInt64(1), 43), 0) + toUInt64(toUnixTimestamp64Milli(Time)),
    INDEX idx_state State TYPE set(16) GRANULARITY 1
)
ENGINE = /*Replicated*/ReplacingMergeTree(Version)
ORDER BY (Project, Rule, RuleVersion, TraceId, SpanId, SessionId)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
/*sharded by cityHash64(if(TraceId = '', SessionId, TraceId))*/
-- ;
-- Targets that a rule found bad.
CREATE TABLE IF NOT EXISTS flags/*_local*/ /*on cluster*/
(
    Project LowCardinality(String) DEFAULT 'default',
    Time DateTime64(9) DEFAULT now64(9) CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String DEFAULT '' CODEC(ZSTD(1)),
    SessionId String DEFAULT '' CODEC(ZSTD(1)),
    Rule LowCardinality(String),
    RuleVersion LowCardinality(String),
    ScoreName LowCardinality(String),
    Value Nullable(Float64),
    Label LowCardinality(String) DEFAULT '',
    Reason String DEFAULT '' CODEC(ZSTD(1)),
    Dataset LowCardinality(String) DEFAULT '' COMMENT 'dataset that the flag put its target into, if any',
    IsWithdrawn Bool DEFAULT false COMMENT 'late spans changed the score, and it is not bad any more',
    INDEX idx_time Time TYPE minmax GRANULARITY 1
)
ENGINE = /*Replicated*/ReplacingMergeTree(Time)
ORDER BY (Project, Rule, RuleVersion, TraceId, SpanId, if(TraceId = '', SessionId, ''))
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
/*sharded by cityHash64(if(TraceId = '', SessionId, TraceId))*/
