-- Spans by id, as a scorer sees them.
-- trace_ids, span_ids: a batch of a job, some hundred; the pairs are matched by the caller.
-- InputHash changes when what a scorer sees changes.
-- Reads the granules of these traces' spans.
SELECT *, lower(hex(sipHash128(SpanName, StatusCode, Duration, Input, Output))) AS InputHash
FROM spans
WHERE TraceId IN {trace_ids:Array(String)} AND SpanId IN {span_ids:Array(String)}
ORDER BY Project, TraceId, SpanId
LIMIT 1 BY Project, TraceId, SpanId
