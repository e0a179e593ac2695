-- One row per trace. Parts of a trace arrive in any order, more than once, days apart. Every column of trace_parts is
-- therefore a state that merging in any order and counting twice leaves unchanged: smallest, largest, or a set. What has
-- to be summed is kept as the set of the spans it comes from, each span as one tuple.
-- One insert writes a row per span: merges bring a trace's rows together, which costs an eighth of grouping at insert.
CREATE TABLE IF NOT EXISTS trace_parts
(
    Project LowCardinality(String),
    Day Date,
    TraceId String,
    StartTime SimpleAggregateFunction(min, DateTime64(9)),
    EndTime SimpleAggregateFunction(max, DateTime64(9)),
    LastIngestTime SimpleAggregateFunction(max, DateTime64(9)) COMMENT 'when the collector received the newest span',
    LastStoreTime SimpleAggregateFunction(max, DateTime64(3)) COMMENT 'when ClickHouse stored the newest span',
    Root SimpleAggregateFunction(max, Tuple(Age Int64, SpanId String, SpanName String, ServiceName String)) COMMENT 'the earliest span without a parent; Age is minus its start',
    ServiceName SimpleAggregateFunction(min, String),
    SessionId SimpleAggregateFunction(max, String),
    UserId SimpleAggregateFunction(max, String),
    Environment SimpleAggregateFunction(max, String),
    Release SimpleAggregateFunction(max, String),
    Source SimpleAggregateFunction(max, String),
    Input SimpleAggregateFunction(max, Tuple(Standing UInt8, Age Int64, Text String)) COMMENT 'of the span of highest standing, of those the earliest',
    Output SimpleAggregateFunction(max, Tuple(Standing UInt8, EndTime Int64, Text String)) COMMENT 'of the span of highest standing, of those the latest',
    Spans SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(
        SpanId String,
        SpanType String,
        Name String,
        IsError Bool,
        InputTokens Nullable(UInt64),
        OutputTokens Nullable(UInt64),
        CostUsd Nullable(Float64)
    ))) COMMENT 'what is counted and summed; Name is the model or the tool',
    INDEX idx_last_store LastStoreTime TYPE minmax GRANULARITY 1,
    INDEX idx_session_id SessionId TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY Day
ORDER BY (Project, TraceId)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32
-- ;
-- Input and output are readable text, the root's where it has any (an empty answer of the root is the trace's answer),
-- else that of an agent or model, else of whatever has any.
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_to_trace_parts TO trace_parts AS
WITH
    ParentSpanId = '' AS is_root,
    toUInt8(multiIf(is_root, 3, SpanType IN ('llm', 'agent', 'chain'), 2, 1)) AS standing,
    toInt64(toUnixTimestamp64Nano(Timestamp)) AS start_ns,
    toInt64(least(Duration, 9223372036854775807 - toUInt64(greatest(0, start_ns)))) AS duration_ns
SELECT
    Project,
    toDate(Timestamp) AS Day,
    TraceId,
    Timestamp AS StartTime,
    toDateTime64(addNanoseconds(Timestamp, duration_ns), 9) AS EndTime,
    IngestTime AS LastIngestTime,
    now64(3) AS LastStoreTime,
    if(is_root, (-start_ns, SpanId, toString(SpanName), toString(ServiceName)), (-9223372036854775807, '', '', '')) AS Root,
    toString(otel_traces.ServiceName) AS ServiceName,
    SessionId,
    UserId,
    toString(Environment) AS Environment,
    toString(Release) AS Release,
    toString(Source) AS Source,
    (toUInt8(otel_traces.Input != '') * standing, -start_ns, InputText) AS Input,
    (toUInt8(otel_traces.Output != '') * standing, start_ns + duration_ns, OutputText) AS Output,
    [(
        SpanId,
        toString(SpanType),
        toString(multiIf(SpanType = 'tool', ToolName, SpanType NOT IN ('llm', 'embedding'), '', ResponseModel = '', RequestModel, ResponseModel)),
        StatusCode = 'Error',
        InputTokens,
        OutputTokens,
        CostUsd
    )] AS Spans
FROM otel_traces
-- ;
-- The trace as people see it. Filters on Project and TraceId reach the sorting key through the GROUP BY. Tokens and cost
-- are counted on calls of models only: an agent's span repeats the usage of the calls below it.
CREATE VIEW IF NOT EXISTS traces AS
WITH
    arrayFilter((span, seen) -> seen = 1, spans, arrayEnumerateUniq(spans.SpanId)) AS each_span,
    arrayFilter(span -> span.SpanType IN ('llm', 'embedding'), each_span) AS calls,
    arrayMap(n -> assumeNotNull(n), arrayFilter(n -> isNotNull(n), calls.InputTokens)) AS input_tokens,
    arrayMap(n -> assumeNotNull(n), arrayFilter(n -> isNotNull(n), calls.OutputTokens)) AS output_tokens,
    arrayMap(n -> assumeNotNull(n), arrayFilter(n -> isNotNull(n), calls.CostUsd)) AS costs
SELECT
    Project,
    TraceId,
    root.SpanId AS RootSpanId,
    root.SpanName AS RootName,
    if(root.SpanId = '', service_name, root.ServiceName) AS ServiceName,
    start_time AS StartTime,
    end_time AS EndTime,
    toUInt64(greatest(0, toUnixTimestamp64Nano(end_time) - toUnixTimestamp64Nano(start_time))) AS DurationNs,
    root.SpanId != '' AS HasRoot,
    toUInt64(length(each_span)) AS SpanCount,
    toUInt64(length(calls)) AS LlmCount,
    toUInt64(arrayCount(span -> span.SpanType = 'tool', each_span)) AS ToolCount,
    toUInt64(arrayCount(span -> span.IsError, each_span)) AS ErrorCount,
    if(empty(input_tokens), NULL, arraySum(input_tokens)) AS InputTokens,
    if(empty(output_tokens), NULL, arraySum(output_tokens)) AS OutputTokens,
    if(empty(costs), NULL, arraySum(costs)) AS CostUsd,
    session_id AS SessionId,
    user_id AS UserId,
    environment AS Environment,
    release AS Release,
    source AS Source,
    arraySort(arrayDistinct(calls.Name)) AS Models,
    arraySort(arrayDistinct(arrayFilter(name -> name != '', arrayMap(span -> if(span.SpanType = 'tool', span.Name, ''), each_span)))) AS ToolNames,
    input.Text AS Input,
    output.Text AS Output,
    last_ingest_time AS LastIngestTime,
    last_store_time AS LastStoreTime
FROM
(
    SELECT
        Project,
        TraceId,
        max(Root) AS root,
        min(ServiceName) AS service_name,
        min(StartTime) AS start_time,
        max(EndTime) AS end_time,
        arraySort(groupUniqArrayArray(Spans)) AS spans,
        max(SessionId) AS session_id,
        max(UserId) AS user_id,
        max(Environment) AS environment,
        max(Release) AS release,
        max(Source) AS source,
        max(Input) AS input,
        max(Output) AS output,
        max(LastIngestTime) AS last_ingest_time,
        max(LastStoreTime) AS last_store_time
    FROM trace_parts
    GROUP BY Project, TraceId
)
