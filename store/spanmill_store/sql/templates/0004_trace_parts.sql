-- One row per trace. Parts of a trace arrive in any order, more than once, days apart. Every column of trace_parts is
-- therefore a state that merging in any order and counting twice leaves unchanged: smallest, largest, or a set. What has
-- to be summed is kept as the set of the spans it comes from, each span as one tuple.
-- One insert writes a row per span: merges bring a trace's rows together, which costs an eighth of grouping at insert.
-- Sorted by the hour of its spans, so that the newest traces are read from few places; what a trace has in several hours is
-- put together by the view, as what it has in several days is. Granules are small, because a list page reads fifty traces
-- from fifty places; indexes say in which of them a trace, a user or a session may be. For users and sessions these are
-- text indexes of the whole value: one look into a part's dictionary, where bloom filters are a look for each granule, four
-- fifths of finding a user's. An index on an expression over Spans would be wrong: an insert brings the rows of a trace
-- together after it has computed the expression, and keeps the first.
CREATE TABLE IF NOT EXISTS trace_parts/*_local*/ /*on cluster*/
(
    Project LowCardinality(String),
    Day Date,
    Hour DateTime COMMENT 'in which these spans began',
    TraceId String,
    StartTime SimpleAggregateFunction(min, DateTime64(9)),
    EndTime SimpleAggregateFunction(max, DateTime64(9)),
    LastIngestTime SimpleAggregateFunction(max, DateTime64(9)) COMMENT 'when the collector received the newest span',
    LastStoreTime SimpleAggregateFunction(max, DateTime64(3)) COMMENT 'when ClickHouse stored the newest span',
    Root SimpleAggregateFunction(max, Tuple(Age Int64, SpanId String, SpanName String, ServiceName String)) COMMENT 'the earliest span without a parent; Age is minus its start',
    AppRoot SimpleAggregateFunction(max, Tuple(Standing UInt8, Age Int64, SpanId String, SpanName String)) COMMENT 'the first span of the application proper, not of its web server; Standing 0: there is none',
    ServiceName SimpleAggregateFunction(min, String),
    SessionId SimpleAggregateFunction(max, String),
    UserId SimpleAggregateFunction(max, String),
    Environment SimpleAggregateFunction(max, String),
    Release SimpleAggregateFunction(max, String),
    Source SimpleAggregateFunction(max, String),
    Tags SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
    Seen SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(Kind String, Value String, ServiceName String))) COMMENT 'releases and prompts that took part',
    Probability SimpleAggregateFunction(max, Float64) COMMENT 'with which a sampler of the application let it through; 0: none told',
    Input SimpleAggregateFunction(max, Tuple(Standing UInt8, Age Int64, Text String)) COMMENT 'of the span of highest standing, of those the earliest',
    Output SimpleAggregateFunction(max, Tuple(Standing UInt8, EndTime Int64, Text String)) COMMENT 'of the span of highest standing, of those the latest',
    Spans SimpleAggregateFunction(groupArrayArray, Array(Tuple(
        SpanId String,
        ParentSpanId String,
        StartTime Int64,
        Duration UInt64,
        SpanType String,
        Name String,
        ServiceName String,
        IsError Bool,
        InputTokens Nullable(UInt64),
        OutputTokens Nullable(UInt64),
        CachedTokens Nullable(UInt64),
        CostUsd Nullable(Float64),
        CallId UInt64
    ))) COMMENT 'what is counted and summed; Name is the model, the tool or the agent, CallId a hash of the id of the answer',
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.0001) GRANULARITY 1,
    INDEX idx_last_store LastStoreTime TYPE minmax GRANULARITY 4,
    INDEX idx_session_id SessionId TYPE text(tokenizer = 'array') GRANULARITY 1,
    INDEX idx_user_id UserId TYPE text(tokenizer = 'array') GRANULARITY 1
)
ENGINE = /*Replicated*/AggregatingMergeTree
PARTITION BY Day
ORDER BY (Project, Hour, TraceId)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32, min_age_to_force_merge_seconds = 14400, min_age_to_force_merge_on_partition_only = 1, index_granularity = 128
/*sharded by cityHash64(TraceId)*/
-- ;
-- Input and output are readable text, the root's where it has any (an empty answer of the root is the trace's answer),
-- else that of an agent, a chain or a model, else of whatever has any but tools: nobody asked the trace for what they did.
-- (No text is computed inside an if: ClickHouse evaluates there, again at every mention, what several expressions share.)
-- Whatever a root has stands above what spans below it have. Where it came along with them, as it mostly does, their text is
-- neither read nor stored: in the view both sides of the join are the spans that are being inserted, and no others. (Where
-- whoever inserts has join_use_nulls set, a span without a root beside it finds NULL.)
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_to_trace_parts /*on cluster*/ TO trace_parts/*_local*/ AS
WITH
    ParentSpanId = '' AS is_root,
    input != '' OR endsWith(InputKey, '.') AS has_input,
    output != '' OR endsWith(OutputKey, '.') AS has_output,
    toUInt8(multiIf(NOT is_told, 0, is_root, 3, SpanType IN ('llm', 'agent', 'chain'), 2, 1)) AS standing,
    toUInt8(multiIf(SpanType = 'other' AND NOT has_input AND NOT has_output, 0, is_root, 3, SpanType IN ('agent', 'chain'), 2, 1)) AS app_standing,
    if(is_asked, firstNonDefault(texts[1], if(endsWith(InputKey, '.'), /*indexed_input*/, '')), '') AS input_text,
    if(is_answered, firstNonDefault(texts[-1], if(endsWith(OutputKey, '.'), /*indexed_output*/, '')), '') AS output_text
SELECT
    Project,
    toDate(Timestamp) AS Day,
    toStartOfHour(Timestamp) AS Hour,
    TraceId,
    Timestamp AS StartTime,
    toDateTime64(addNanoseconds(Timestamp, duration_ns), 9) AS EndTime,
    IngestTime AS LastIngestTime,
    now64(3) AS LastStoreTime,
    if(is_root, (-start_ns, SpanId, toString(SpanName), toString(Service)), (-9223372036854775807, '', '', '')) AS Root,
    (app_standing, -start_ns, SpanId, toString(SpanName)) AS AppRoot,
    toString(Service) AS ServiceName,
    SessionId,
    UserId,
    toString(Environment) AS Environment,
    toString(Release) AS Release,
    toString(Source) AS Source,
    Tags,
    arrayFilter(
        seen -> seen.2 != '',
        [
            ('release', toString(Release), toString(Service)),
            ('prompt', trimRight(concat(toString(PromptName), ' ', toString(PromptVersion))), toString(Service))
        ]
    ) AS Seen,
    /*probability*/ AS Probability,
    (toUInt8(has_input) * standing, -start_ns, input_text) AS Input,
    (toUInt8(has_output) * standing, start_ns + duration_ns, output_text) AS Output,
    [(
        SpanId,
        ParentSpanId,
        start_ns,
        Duration,
        toString(SpanType),
        toString(multiIf(
            SpanType = 'tool', ToolName,
            SpanType = 'agent', AgentName,
            SpanType NOT IN ('llm', 'embedding', 'reranker'), '',
            ResponseModel = '', RequestModel,
            ResponseModel
        )),
        toString(Service),
        IsError,
        InputTokens,
        OutputTokens,
        CachedTokens,
        CostUsd,
        if(ResponseId = '', 0, cityHash64(ResponseId))
    )] AS Spans
FROM
(
    SELECT *,
        arrayConcat(if(is_asked, [input], []), if(is_answered, [output], [])) AS contents,
        multiIf(is_asked AND is_answered, [false, true], is_asked, [false], is_answered, [true], []) AS are_answers,
        /*texts*/ AS texts
    FROM
    (
        SELECT *,
            ParentSpanId = '' OR SpanType != 'tool' AS is_told,
            is_told AND NOT root_is_asked AS is_asked,
            is_told AND NOT root_is_answered AS is_answered,
            toInt64(least(Duration, 9223372036854775807 - toUInt64(greatest(0, start_ns)))) AS duration_ns,
            /*unwrapped_input*/ AS input,
            /*unwrapped_output*/ AS output
        FROM
        (
            SELECT Project, Timestamp, TraceId, SpanId, ParentSpanId, SpanName, ServiceName AS Service, Duration,
                IngestTime, SessionId, UserId, Environment, Release, Source, Tags, SpanType, ToolName, AgentName,
                ResponseModel, RequestModel, PromptName, PromptVersion, IsError, InputTokens, OutputTokens, CachedTokens, CostUsd, ResponseId,
                InputKey, OutputKey, SpanAttributes, TraceState,
                toInt64(toUnixTimestamp64Nano(Timestamp)) AS start_ns,
                ParentSpanId != '' AND ifNull(RootHasInput, 0) AS root_is_asked,
                ParentSpanId != '' AND ifNull(RootHasOutput, 0) AS root_is_answered,
                if(root_is_asked, '', /*input*/) AS raw_input,
                if(root_is_answered, '', /*output*/) AS raw_output
            FROM otel_traces/*_local*/
            LEFT ANY JOIN
            (
                SELECT Project, TraceId,
                    /*unwrapped_input*/ != '' OR endsWith(InputKey, '.') AS RootHasInput,
                    /*unwrapped_output*/ != '' OR endsWith(OutputKey, '.') AS RootHasOutput
                FROM
                (
                    SELECT Project, TraceId, InputKey, OutputKey,
                        /*input*/ AS raw_input,
                        /*output*/ AS raw_output
                    FROM otel_traces/*_local*/
                    WHERE ParentSpanId = ''
                )
            ) AS root USING (Project, TraceId)
        )
    )
)
-- ;
-- A trace whose parts are put together, each of its spans once. Filters on Project and TraceId reach the sorting key through
-- the GROUP BY.
CREATE VIEW IF NOT EXISTS trace_rows/*_local*/ /*on cluster*/ AS
SELECT
    * EXCEPT (spans),
    arrayFilter((span, seen) -> seen = 1, spans, arrayEnumerateUniq(spans.SpanId)) AS each_span
FROM
(
    SELECT
        Project,
        TraceId,
        max(Root) AS root,
        max(AppRoot) AS app_root,
        min(ServiceName) AS service_name,
        min(StartTime) AS start_time,
        max(EndTime) AS end_time,
        arraySort(groupArrayArray(Spans)) AS spans,
        max(SessionId) AS session_id,
        max(UserId) AS user_id,
        max(Environment) AS environment,
        max(Release) AS release,
        max(Source) AS source,
        arraySort(groupUniqArrayArray(Tags)) AS tags,
        max(Probability) AS probability,
        max(Input) AS input,
        max(Output) AS output,
        max(LastIngestTime) AS last_ingest_time,
        max(LastStoreTime) AS last_store_time
    FROM trace_parts/*_local*/
    GROUP BY Project, TraceId
)
/*sharded by cityHash64(TraceId)*/
-- ;
-- What is known of each trace, with its usage, counted once: of spans that report some, those count that have no model call
-- with usage below them, for an agent, a chain or a client's wrapper repeats what the calls below it used. Of two spans at
-- the same time for the same answer, as two instrumentations of one library make, one counts. Where each lies below
-- another, in a circle of parents, all count.
-- Which ids of one list are in another one is told by arrayEnumerateUniq over both: what occurs a second time is. A lambda
-- that looks into a list (has, indexOf) has a copy of it for each of its elements, gigabytes for a trace of 30 000 spans.
-- In steps, because an expression with a name is analyzed again at every mention, and a column of a subquery is not:
-- analyzing is most of what it takes to read a few traces.
CREATE VIEW IF NOT EXISTS trace_states/*_local*/ /*on cluster*/ AS
WITH
    if(empty(without_calls_below), reporting, without_calls_below) AS lowest,
    arraySort(span -> (span.CallId, span.StartTime, span.SpanId), lowest) AS by_call
SELECT
    * EXCEPT (reporting, without_calls_below),
    if(
        arrayUniq(lowest.CallId) = length(lowest),
        lowest,
        arrayFilter(
            (span, before) -> span.CallId = 0 OR before.CallId != span.CallId OR before.StartTime + toInt64(before.Duration) <= span.StartTime,
            by_call,
            arrayPopBack(arrayPushFront(by_call, defaultValueOfArgumentType(by_call[1])))
        )
    ) AS counted
FROM
(
    WITH
        if(
            hasAny(reporting.SpanId, each_span.ParentSpanId),
            arrayDistinct(arrayFold(
                (found, step) -> (
                    arrayConcat(found.1, found.2),
                    arrayDistinct(arrayFilter(
                        (parent, times) -> times = 2 AND parent != '',
                        each_span.ParentSpanId,
                        arraySlice(arrayEnumerateUniq(arrayConcat(found.2, each_span.SpanId)), length(found.2) + 1)
                    ))
                ),
                range(16),
                (
                    CAST([] AS Array(String)),
                    arrayDistinct(arrayFilter(
                        span -> span.SpanType IN ('llm', 'embedding', 'reranker') AND span.ParentSpanId != span.SpanId,
                        reporting
                    ).ParentSpanId)
                )
            ).1),
            []
        ) AS above_calls
    SELECT
        *,
        arrayFilter(
            (span, times) -> times = 1,
            reporting,
            arraySlice(arrayEnumerateUniq(arrayConcat(above_calls, reporting.SpanId)), length(above_calls) + 1)
        ) AS without_calls_below
    FROM
    (
        SELECT
            *,
            arrayFilter(span -> isNotNull(span.InputTokens) OR isNotNull(span.OutputTokens) OR isNotNull(span.CostUsd), each_span) AS reporting
        FROM trace_rows/*_local*/
    )
)
/*sharded by cityHash64(TraceId)*/
-- ;
-- The trace as people see it.
CREATE VIEW IF NOT EXISTS traces/*_local*/ /*on cluster*/ AS
/*columns*/
FROM trace_states/*_local*/
/*sharded by cityHash64(TraceId)*/
-- ;
-- The same without tokens and cost, for whoever needs none of them: analyzing how these are counted is most of the time that
-- it takes to read a few traces.
CREATE VIEW IF NOT EXISTS trace_facts/*_local*/ /*on cluster*/ AS
/*facts*/
FROM trace_rows/*_local*/
/*sharded by cityHash64(TraceId)*/
