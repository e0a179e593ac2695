-- One row per trace. Parts of a trace arrive in any order, more than once, days apart: every column of trace_parts is a
-- state that merging in any order and counting twice leaves unchanged. Sums are therefore kept as maps from span to
-- value, counts as sets of span ids.
CREATE TABLE IF NOT EXISTS trace_parts
(
    Project LowCardinality(String),
    Day Date,
    TraceId String CODEC(ZSTD(1)),
    Root AggregateFunction(argMinIf, Tuple(SpanId String, SpanName String, ServiceName String), DateTime64(9), UInt8) CODEC(ZSTD(1)),
    HasRoot SimpleAggregateFunction(max, UInt8) CODEC(ZSTD(1)),
    StartTime SimpleAggregateFunction(min, DateTime64(9)) CODEC(ZSTD(1)),
    EndTime SimpleAggregateFunction(max, DateTime64(9)) CODEC(ZSTD(1)),
    LastIngestTime SimpleAggregateFunction(max, DateTime64(9)) CODEC(ZSTD(1)),
    Services SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),
    Spans AggregateFunction(uniqExact, String) CODEC(ZSTD(1)),
    ModelCalls AggregateFunction(uniqExactIf, String, UInt8) CODEC(ZSTD(1)),
    ToolCalls AggregateFunction(uniqExactIf, String, UInt8) CODEC(ZSTD(1)),
    Errors AggregateFunction(uniqExactIf, String, UInt8) CODEC(ZSTD(1)),
    InputTokens SimpleAggregateFunction(maxMap, Map(String, UInt64)) CODEC(ZSTD(1)),
    OutputTokens SimpleAggregateFunction(maxMap, Map(String, UInt64)) CODEC(ZSTD(1)),
    CostUsd SimpleAggregateFunction(maxMap, Map(String, Float64)) CODEC(ZSTD(1)),
    SessionId SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    UserId SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    Environment SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    Release SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    Source SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
    Models SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),
    ToolNames SimpleAggregateFunction(groupUniqArrayArray, Array(String)) CODEC(ZSTD(1)),
    Input AggregateFunction(argMinIf, String, Tuple(UInt8, DateTime64(9)), UInt8) CODEC(ZSTD(1)),
    Output AggregateFunction(argMaxIf, String, Tuple(UInt8, DateTime64(9)), UInt8) CODEC(ZSTD(1)),
    INDEX idx_last_ingest LastIngestTime TYPE minmax GRANULARITY 1,
    INDEX idx_session_id SessionId TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY Day
ORDER BY (Project, TraceId)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1
-- ;
-- Tokens and cost are counted on calls of models only: an agent's span repeats the usage of the calls below it. Input
-- and output are readable text, the root's where it has any: an empty answer of the root is the trace's answer.
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_to_trace_parts TO trace_parts AS
WITH
    ParentSpanId = '' AS is_root,
    SpanType IN ('llm', 'embedding') AS is_model_call,
    toDateTime64(addNanoseconds(Timestamp, toInt64(least(Duration, 9223372036854775807))), 9) AS end_time,
    if(JSONHas(Input, 1, 'role'), InputText, Input) AS input_text,
    if(JSONHas(Output, 1, 'role'), OutputText, Output) AS output_text
SELECT
    Project,
    toDate(Timestamp) AS Day,
    TraceId,
    argMinIfState(
        CAST((SpanId, SpanName, ServiceName), 'Tuple(SpanId String, SpanName String, ServiceName String)'),
        Timestamp,
        is_root
    ) AS Root,
    max(toUInt8(is_root)) AS HasRoot,
    min(Timestamp) AS StartTime,
    max(end_time) AS EndTime,
    max(IngestTime) AS LastIngestTime,
    groupUniqArray(toString(ServiceName)) AS Services,
    uniqExactState(SpanId) AS Spans,
    uniqExactIfState(SpanId, is_model_call) AS ModelCalls,
    uniqExactIfState(SpanId, SpanType = 'tool') AS ToolCalls,
    uniqExactIfState(SpanId, StatusCode = 'Error') AS Errors,
    maxMap(if(is_model_call AND isNotNull(InputTokens), map(SpanId, assumeNotNull(InputTokens)), map())) AS InputTokens,
    maxMap(if(is_model_call AND isNotNull(OutputTokens), map(SpanId, assumeNotNull(OutputTokens)), map())) AS OutputTokens,
    maxMap(if(is_model_call AND isNotNull(CostUsd), map(SpanId, assumeNotNull(CostUsd)), map())) AS CostUsd,
    max(SessionId) AS SessionId,
    max(UserId) AS UserId,
    max(toString(Environment)) AS Environment,
    max(toString(Release)) AS Release,
    max(toString(Source)) AS Source,
    groupUniqArrayIf(toString(if(ResponseModel = '', RequestModel, ResponseModel)), is_model_call) AS Models,
    groupUniqArrayIf(toString(ToolName), ToolName != '') AS ToolNames,
    argMinIfState(input_text, (toUInt8(NOT is_root), Timestamp), otel_traces.Input != '') AS Input,
    argMaxIfState(output_text, (toUInt8(is_root), end_time), otel_traces.Output != '') AS Output
FROM otel_traces
GROUP BY Project, Day, TraceId
-- ;
-- The trace as people see it. Filters on Project and TraceId reach the sorting key through the GROUP BY.
CREATE VIEW IF NOT EXISTS traces AS
SELECT
    Project,
    TraceId,
    root.SpanId AS RootSpanId,
    root.SpanName AS RootName,
    if(root.ServiceName = '', services[1], root.ServiceName) AS ServiceName,
    start_time AS StartTime,
    end_time AS EndTime,
    toUInt64(greatest(0, toUnixTimestamp64Nano(end_time) - toUnixTimestamp64Nano(start_time))) AS DurationNs,
    toBool(has_root) AS HasRoot,
    SpanCount,
    LlmCount,
    ToolCount,
    ErrorCount,
    if(empty(input_tokens), NULL, arraySum(mapValues(input_tokens))) AS InputTokens,
    if(empty(output_tokens), NULL, arraySum(mapValues(output_tokens))) AS OutputTokens,
    if(empty(cost_usd), NULL, arraySum(mapValues(cost_usd))) AS CostUsd,
    session_id AS SessionId,
    user_id AS UserId,
    environment AS Environment,
    release AS Release,
    source AS Source,
    arraySort(models) AS Models,
    arraySort(tool_names) AS ToolNames,
    input AS Input,
    output AS Output,
    last_ingest_time AS LastIngestTime
FROM
(
    SELECT
        Project,
        TraceId,
        argMinIfMerge(Root) AS root,
        groupUniqArrayArray(Services) AS services,
        min(StartTime) AS start_time,
        max(EndTime) AS end_time,
        max(HasRoot) AS has_root,
        uniqExactMerge(Spans) AS SpanCount,
        uniqExactIfMerge(ModelCalls) AS LlmCount,
        uniqExactIfMerge(ToolCalls) AS ToolCount,
        uniqExactIfMerge(Errors) AS ErrorCount,
        maxMap(InputTokens) AS input_tokens,
        maxMap(OutputTokens) AS output_tokens,
        maxMap(CostUsd) AS cost_usd,
        max(SessionId) AS session_id,
        max(UserId) AS user_id,
        max(Environment) AS environment,
        max(Release) AS release,
        max(Source) AS source,
        groupUniqArrayArray(Models) AS models,
        groupUniqArrayArray(ToolNames) AS tool_names,
        argMinIfMerge(Input) AS input,
        argMaxIfMerge(Output) AS output,
        max(LastIngestTime) AS last_ingest_time
    FROM trace_parts
    GROUP BY Project, TraceId
)
