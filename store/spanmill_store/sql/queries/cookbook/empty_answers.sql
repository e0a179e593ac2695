-- Which questions got no answer?
-- Subject: Look something up
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
-- The question is about content, so it reads Input and Output.
SELECT TraceId AS trace, StartTime AS start, UserId AS user, ErrorCount AS errors, substringUTF8(Input, 1, 200) AS input
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND Source = 'production' AND NOT IsNoise AND Input != '' AND empty(trimBoth(Output))
ORDER BY start DESC, trace
LIMIT {limit:UInt32}
