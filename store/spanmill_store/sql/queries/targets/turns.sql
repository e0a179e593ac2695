-- Traces as turns of a conversation.
-- trace_ids: those of some sessions. IsFailed: the root span failed, or without one any.
-- Reads the granules of these traces.
SELECT
    Project,
    TraceId,
    start_time AS StartTime,
    toUInt64(greatest(0, toUnixTimestamp64Nano(end_time) - toUnixTimestamp64Nano(start_time))) AS DurationNs,
    input.Text AS Input,
    output.Text AS Output,
    user_id AS UserId,
    toUInt64(countEqual(each_span.IsError, true)) AS ErrorCount,
    arrayExists(span -> span.IsError AND (span.SpanId = root.SpanId OR root.SpanId = ''), each_span) AS IsFailed
FROM trace_rows
WHERE TraceId IN {trace_ids:Array(String)}
ORDER BY Project, StartTime, TraceId
