-- What lists and dashboards are made of, so that they never read a span's content.
-- Sessions follow from traces when they are asked for.
CREATE VIEW IF NOT EXISTS sessions /*on cluster*/ AS
SELECT
    Project,
    SessionId,
    min(trace.StartTime) AS StartTime,
    max(trace.EndTime) AS EndTime,
    count() AS TraceCount,
    sum(trace.SpanCount) AS SpanCount,
    sum(trace.LlmCount) AS LlmCount,
    sum(trace.ToolCount) AS ToolCount,
    sum(trace.ErrorCount) AS ErrorCount,
    sum(trace.InputTokens) AS InputTokens,
    sum(trace.OutputTokens) AS OutputTokens,
    sum(trace.CostUsd) AS CostUsd,
    max(trace.UserId) AS UserId,
    argMax(trace.Environment, trace.StartTime) AS Environment,
    argMax(trace.Release, trace.StartTime) AS Release,
    max(trace.Source) AS Source,
    arraySort(groupUniqArrayArray(trace.Tags)) AS Tags,
    max(trace.SamplingProbability) AS SamplingProbability,
    arraySort(groupUniqArrayArray(trace.Models)) AS Models,
    argMin(trace.Input, trace.StartTime) AS FirstInput,
    argMax(trace.Output, trace.StartTime) AS LastOutput,
    arrayMap(pair -> pair.2, arraySort(groupArray((trace.StartTime, trace.TraceId)))) AS TraceIds,
    max(trace.LastStoreTime) AS LastStoreTime
FROM traces AS trace
WHERE SessionId != ''
GROUP BY Project, SessionId
-- ;
-- When a model, a prompt, an agent, a tool or a version of a service was first met. Entered with the usage of the traces in
-- which it was met (queries/usage/first_seen). Smallest and largest do not change when that is done twice, or late.
CREATE TABLE IF NOT EXISTS first_seen_parts/*_local*/ /*on cluster*/
(
    Project LowCardinality(String),
    Kind LowCardinality(String) COMMENT 'model, prompt, agent, tool or release',
    Value String,
    ServiceName LowCardinality(String),
    FirstTime SimpleAggregateFunction(min, DateTime64(9)) COMMENT 'start of the first trace with it, by the application',
    LastTime SimpleAggregateFunction(max, DateTime64(9)) COMMENT 'end of the last trace with it'
)
ENGINE = /*Replicated*/AggregatingMergeTree
ORDER BY (Project, Kind, Value, ServiceName)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
/*sharded by cityHash64(Project, Kind, Value)*/
-- ;
CREATE VIEW IF NOT EXISTS first_seen /*on cluster*/ AS
SELECT
    Project,
    Kind,
    Value,
    ServiceName,
    min(part.FirstTime) AS FirstTime,
    max(part.LastTime) AS LastTime
FROM first_seen_parts AS part
GROUP BY Project, Kind, Value, ServiceName
-- ;
-- Usage by the minute. It cannot be added up while spans are stored: one may come twice, and which of an agent's and its
-- calls' tokens count is known only when all of them are there. So minutes are counted from traces, anew whenever a trace
-- that touches them has changed (queries/usage/…), each time under a new Fold, all its rows at once. The latest fold of a
-- minute is entered into usage_folds when its rows are in, and only those count.
CREATE TABLE IF NOT EXISTS usage_parts /*on cluster*/
(
    Project LowCardinality(String),
    Minute DateTime CODEC(Delta, ZSTD(1)),
    ServiceName LowCardinality(String),
    SpanType LowCardinality(String) COMMENT 'as of spans; trace: whole traces',
    Name LowCardinality(String) COMMENT 'model, tool or agent; of a trace its application root',
    Release LowCardinality(String),
    Environment LowCardinality(String),
    Source LowCardinality(String),
    Fold UInt64 COMMENT 'which count of the minute this is, milliseconds since 1970',
    Count UInt64,
    Errors UInt64,
    InputTokens UInt64,
    OutputTokens UInt64,
    CachedTokens UInt64,
    CostUsd Float64,
    Unpriced UInt64 COMMENT 'calls with tokens whose cost is unknown, and is not in CostUsd',
    Durations AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), UInt64) COMMENT 'nanoseconds; within 1 %'
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Fold)
PARTITION BY toYYYYMM(Minute)
ORDER BY (Project, Minute, ServiceName, SpanType, Name, Release, Environment, Source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
CREATE TABLE IF NOT EXISTS user_usage_parts /*on cluster*/
(
    Project LowCardinality(String),
    Minute DateTime CODEC(Delta, ZSTD(1)),
    UserId String,
    ServiceName LowCardinality(String),
    Model LowCardinality(String),
    Release LowCardinality(String),
    Source LowCardinality(String),
    Fold UInt64,
    Calls UInt64,
    Errors UInt64,
    InputTokens UInt64,
    OutputTokens UInt64,
    CachedTokens UInt64,
    CostUsd Float64,
    Unpriced UInt64
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Fold)
PARTITION BY toYYYYMM(Minute)
ORDER BY (Project, Minute, UserId, ServiceName, Model, Release, Source)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
CREATE TABLE IF NOT EXISTS usage_folds /*on cluster*/
(
    Project LowCardinality(String),
    Minute DateTime CODEC(Delta, ZSTD(1)),
    Fold UInt64
)
ENGINE = /*Replicated everywhere*/ReplacingMergeTree(Fold)
PARTITION BY toYYYYMM(Minute)
ORDER BY (Project, Minute)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
-- ;
-- With the sketches, to be merged over minutes with quantilesDDMerge. Folds are compared by a hash, which takes half the time
-- of comparing all three.
CREATE VIEW IF NOT EXISTS usage_sketches /*on cluster*/ AS
SELECT * EXCEPT (Fold)
FROM usage_parts
WHERE cityHash64(Project, Minute, Fold) IN (SELECT cityHash64(Project, Minute, max(Fold)) FROM usage_folds GROUP BY Project, Minute)
-- ;
CREATE VIEW IF NOT EXISTS usage /*on cluster*/ AS
WITH finalizeAggregation(Durations) AS quantiles
SELECT
    * EXCEPT (Durations),
    quantiles[1] AS DurationP50,
    quantiles[2] AS DurationP90,
    quantiles[3] AS DurationP95,
    quantiles[4] AS DurationP99
FROM usage_sketches
-- ;
CREATE VIEW IF NOT EXISTS user_usage /*on cluster*/ AS
SELECT * EXCEPT (Fold)
FROM user_usage_parts
WHERE cityHash64(Project, Minute, Fold) IN (SELECT cityHash64(Project, Minute, max(Fold)) FROM usage_folds GROUP BY Project, Minute)
