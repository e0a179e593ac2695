-- One span with all that was sent: content, attributes, events and links.
-- project: whose. trace_id, span_id: which.
-- Finds the time of the trace among the traces first, and then reads that span.
WITH
    (
        SELECT (min(StartTime), max(EndTime))
        FROM trace_parts
        WHERE Project = {project:String} AND TraceId = {trace_id:String}
    ) AS times
SELECT *
FROM spans
WHERE Project = {project:String} AND TraceId = {trace_id:String} AND SpanId = {span_id:String}
    AND Timestamp BETWEEN times.1 AND times.2
LIMIT 1
SETTINGS use_skip_indexes_on_data_read = 0
