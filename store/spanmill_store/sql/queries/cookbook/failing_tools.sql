-- Which tools fail most, and of what?
-- Subject: Errors
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads otel_traces of these days only, by its partitions. A run that was sent twice counts once.
SELECT
    ToolName AS tool,
    uniqExact(TraceId, SpanId) AS runs,
    uniqExactIf((TraceId, SpanId), IsError) AS failed,
    failed / runs AS failed_share,
    topKIf(1)(ErrorType, IsError AND ErrorType != '')[1] AS most_often
FROM otel_traces
WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND Source = 'production' AND SpanType = 'tool'
GROUP BY tool
HAVING failed > 0
ORDER BY failed_share DESC, tool
LIMIT {limit:UInt32}
