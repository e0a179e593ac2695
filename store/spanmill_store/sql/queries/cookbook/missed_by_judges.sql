-- Where were users unhappy although nothing failed and the judge was content?
-- Subject: Quality
-- threshold (default 0.5): below it a value is bad.
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads scores of these days, by the minmax index over Time, and their traces by (Project, TraceId).
WITH current AS (
    SELECT Project, TraceId, Name, Value, Source, Rationale
    FROM scores FINAL
    WHERE Time >= subtractDays(now(), {days:UInt16}) AND Source IN ('judge', 'user') AND isNotNull(Value)
    ORDER BY Time DESC
    LIMIT 1 BY Project, TraceId, SpanId, Name, Source
)
SELECT
    trace.TraceId AS trace,
    trace.StartTime AS start,
    trace.UserId AS user,
    verdict.users AS users,
    verdict.judges AS judges,
    verdict.comment AS comment
FROM
(
    SELECT
        Project, TraceId,
        minIf(Value, Source = 'user') AS users,
        minIf(Value, Source = 'judge') AS judges,
        anyIf(Rationale, Source = 'user') AS comment
    FROM current
    GROUP BY Project, TraceId
    HAVING countIf(Source = 'user') > 0 AND countIf(Source = 'judge') > 0
        AND users < {threshold:Float64} AND judges >= {threshold:Float64}
) AS verdict
JOIN (
        SELECT Project, TraceId, StartTime, UserId, ErrorCount
        FROM traces
        WHERE (Project, TraceId) IN (
            SELECT Project, TraceId FROM scores WHERE Time >= subtractDays(now(), {days:UInt16})
        ) AND Source = 'production'
) AS trace ON trace.Project = verdict.Project AND trace.TraceId = verdict.TraceId
WHERE trace.ErrorCount = 0
ORDER BY start DESC, trace
LIMIT {limit:UInt32}
