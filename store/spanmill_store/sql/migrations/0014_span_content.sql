-- What models were asked and answered, where an instrumentation puts it into log records that name a span instead of the
-- span's own attributes. Two forms are met: one record with whole lists of messages, and (deprecated) one record a message.
CREATE TABLE IF NOT EXISTS span_content_parts/*_local*/ /*on cluster*/
(
    Project LowCardinality(String),
    TraceId String,
    SpanId String,
    Day Date,
    Input SimpleAggregateFunction(max, String) COMMENT 'JSON list of messages',
    Output SimpleAggregateFunction(max, String) COMMENT 'JSON list of messages',
    SystemInstructions SimpleAggregateFunction(max, String),
    Messages SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(Time Int64, IsOutput Bool, Message String))),
    LastIngestTime SimpleAggregateFunction(max, DateTime64(9)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = /*Replicated*/AggregatingMergeTree
PARTITION BY Day
ORDER BY (Project, TraceId, SpanId)
SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1, fsync_after_insert = 1,
    fsync_part_directory = 1, min_bytes_for_wide_part = 1073741824, auto_statistics_types = '',
    merge_selector_base = 32
/*sharded by cityHash64(TraceId)*/
-- ;
-- A message of the deprecated events becomes one of today's form: role, and parts of text and calls of tools.
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_logs_to_span_content /*on cluster*/ TO span_content_parts/*_local*/ AS
WITH
    transform(
        EventName,
        ['gen_ai.system.message', 'gen_ai.user.message', 'gen_ai.assistant.message', 'gen_ai.tool.message', 'gen_ai.choice'],
        ['system', 'user', 'assistant', 'tool', 'assistant'],
        ''
    ) AS role,
    EventName = 'gen_ai.choice' AS is_choice,
    if(is_choice, JSONExtractRaw(Body, 'message'), Body) AS message,
    JSONExtractRaw(message, 'content') AS content,
    multiIf(
        content IN ('', 'null'), '',
        role = 'tool', concat('{"type":"tool_call_response","id":', toJSONString(JSONExtractString(message, 'id')), ',"response":', content, '}'),
        concat('{"type":"text","content":', content, '}')
    ) AS said,
    arrayMap(
        call -> concat(
            '{"type":"tool_call","id":', toJSONString(JSONExtractString(call, 'id')),
            ',"name":', toJSONString(JSONExtractString(call, 'function', 'name')),
            ',"arguments":', ifNull(nullIf(JSONExtractRaw(call, 'function', 'arguments'), ''), 'null'), '}'
        ),
        JSONExtractArrayRaw(message, 'tool_calls')
    ) AS calls,
    arrayFilter(part -> part != '', arrayConcat([said], calls)) AS parts
SELECT
    Project,
    TraceId,
    SpanId,
    toDate(Timestamp) AS Day,
    LogAttributes['gen_ai.input.messages'] AS Input,
    LogAttributes['gen_ai.output.messages'] AS Output,
    LogAttributes['gen_ai.system_instructions'] AS SystemInstructions,
    if(
        role = '',
        [],
        [(
            toInt64(toUnixTimestamp64Nano(Timestamp)),
            is_choice,
            concat(
                '{"role":', toJSONString(role), ',"parts":[', arrayStringConcat(parts, ','), ']',
                if(is_choice, concat(',"finish_reason":', toJSONString(JSONExtractString(Body, 'finish_reason'))), ''), '}'
            )
        )]
    ) AS Messages,
    IngestTime AS LastIngestTime
FROM otel_logs/*_local*/
WHERE SpanId != '' AND (role != '' OR Input != '' OR Output != '' OR SystemInstructions != '')
-- ;
-- The content of a span from logs, in the form of the attributes `gen_ai.input.messages` and `gen_ai.output.messages`.
CREATE VIEW IF NOT EXISTS span_contents/*_local*/ /*on cluster*/ AS
WITH
    arrayMap(m -> m.Message, arrayFilter(m -> NOT m.IsOutput, messages)) AS inputs,
    arrayMap(m -> m.Message, arrayFilter(m -> m.IsOutput, messages)) AS outputs
SELECT
    Project,
    TraceId,
    SpanId,
    multiIf(input != '', input, empty(inputs), '', concat('[', arrayStringConcat(inputs, ','), ']')) AS Input,
    multiIf(output != '', output, empty(outputs), '', concat('[', arrayStringConcat(outputs, ','), ']')) AS Output,
    system_instructions AS SystemInstructions
FROM
(
    SELECT
        Project,
        TraceId,
        SpanId,
        max(Input) AS input,
        max(Output) AS output,
        max(SystemInstructions) AS system_instructions,
        arraySort(groupUniqArrayArray(Messages)) AS messages
    FROM span_content_parts/*_local*/
    GROUP BY Project, TraceId, SpanId
)
/*sharded by cityHash64(TraceId)*/
