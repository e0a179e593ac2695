-- What most scorers of traces look at: question and answer, and what a test case says of where they come from.
-- trace_ids: a batch of a job.
-- InputHash is that of targets/traces_by_id.
-- Reads the granules of these traces' spans.
SELECT Project, TraceId, RootName, Input, Output, SessionId, ServiceName, Release, Environment, UserId,
    lower(hex(sipHash128(RootSpanId, SpanCount, ErrorCount, EndTime, Input, Output))) AS InputHash
FROM traces
WHERE TraceId IN {trace_ids:Array(String)}
