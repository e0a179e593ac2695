-- Who asked about something?
-- Subject: Look something up
-- text: what the input has in it, in any letter case.
-- days (default 1): days back from now.
-- limit (default 20): rows at most.
-- Reads traces of these days: their ids by the partitions of otel_traces, the rest by (Project, TraceId).
-- The question is about content, so it reads Input.
SELECT TraceId AS trace, StartTime AS start, UserId AS user, SessionId AS session, substringUTF8(Input, 1, 200) AS input
FROM traces
WHERE StartTime >= subtractDays(now(), {days:UInt16}) AND (Project, TraceId) IN (
        SELECT Project, TraceId FROM otel_traces WHERE Timestamp >= subtractDays(now(), {days:UInt16})
    ) AND positionCaseInsensitiveUTF8(Input, {text:String}) > 0
ORDER BY start DESC, trace
LIMIT {limit:UInt32}
