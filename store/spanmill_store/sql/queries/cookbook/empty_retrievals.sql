-- Which searches found no document?
-- Subject: Tools and paths
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads otel_traces of these days only, by its partitions.
-- The question is about content, so it reads Input and Output of retrievers.
SELECT TraceId AS trace, Timestamp AS start, ServiceName AS service, SpanName AS name, InputText AS query
FROM spans
WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND Source = 'production' AND SpanType = 'retriever'
    AND Output IN ('', '[]', '{}', 'null')
ORDER BY start DESC, trace
LIMIT {limit:UInt32}
