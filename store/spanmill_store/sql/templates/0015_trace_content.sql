-- Content from logs becomes that of its trace. Of the messages that came one a record, the latest of the user is the trace's input.
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_logs_to_trace_parts /*on cluster*/ TO trace_parts/*_local*/ AS
WITH
    LogAttributes['gen_ai.input.messages'] AS asked,
    LogAttributes['gen_ai.output.messages'] AS answered,
    EventName = 'gen_ai.user.message' AS is_question,
    EventName = 'gen_ai.choice' AS is_answer,
    /*texts_of_record*/ AS texts,
    toInt64(toUnixTimestamp64Nano(Timestamp)) AS time_ns
SELECT
    Project,
    toDate(Timestamp) AS Day,
    toStartOfHour(Timestamp) AS Hour,
    TraceId,
    Timestamp AS StartTime,
    Timestamp AS EndTime,
    IngestTime AS LastIngestTime,
    now64(3) AS LastStoreTime,
    (-9223372036854775807, '', '', '') AS Root,
    toString(record.ServiceName) AS ServiceName,
    (
        toUInt8(if(asked != '' OR is_question, 2, 0)),
        if(is_question, time_ns, -time_ns),
        if(is_question, JSONExtractString(Body, 'content'), texts[1])
    ) AS Input,
    (
        toUInt8(if(answered != '' OR is_answer, 2, 0)),
        time_ns,
        if(is_answer, JSONExtractString(Body, 'message', 'content'), texts[2])
    ) AS Output
FROM otel_logs/*_local*/ AS record
WHERE TraceId != '' AND (is_question OR is_answer OR asked != '' OR answered != '')
