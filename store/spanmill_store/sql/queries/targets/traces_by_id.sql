-- Traces by id, as a scorer sees them.
-- trace_ids: a batch of a job, some hundred.
-- InputHash changes when late spans change what a scorer sees.
-- Reads the granules of these traces' spans.
SELECT *, lower(hex(sipHash128(RootSpanId, SpanCount, ErrorCount, EndTime, Input, Output))) AS InputHash
FROM traces
WHERE TraceId IN {trace_ids:Array(String)}
