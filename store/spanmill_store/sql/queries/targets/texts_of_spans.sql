-- What most scorers of spans look at: question and answer, and what a test case says of where they come from.
-- trace_ids, span_ids: a batch of a job; the pairs are matched by the caller, to whom a span that is stored twice is one.
-- [rest]: more columns of spans.
-- InputHash is that of targets/spans_by_id; without [texts] it is that of rules in SQL, which nothing compares.
-- Reads the granules of these traces' spans.
SELECT Project, TraceId, SpanId, SpanName, Input, Output, SessionId, ServiceName, Release, Environment, UserId,
    /*[rest]*/
    ParentSpanId, SpanType, StatusCode, StatusMessage, Timestamp, Duration, SystemPrompt, RequestModel, ResponseModel, ToolName,
    /*[/rest]*/
    lower(hex(sipHash128(SpanName, StatusCode, Duration /*[texts]*/ , Input, Output /*[/texts]*/))) AS InputHash
FROM spans
WHERE TraceId IN {trace_ids:Array(String)} AND SpanId IN {span_ids:Array(String)}
