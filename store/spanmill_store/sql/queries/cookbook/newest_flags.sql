-- What was flagged last, and why?
-- Subject: Quality
-- limit (default 20): rows at most.
-- Reads flags, of which there are few, and their traces by (Project, TraceId).
SELECT
    flag.Time AS time,
    flag.Rule AS rule,
    flag.TraceId AS trace,
    flag.SpanId AS span,
    trace.UserId AS user,
    flag.Value AS value,
    flag.Label AS label,
    flag.Reason AS reason
FROM (SELECT * FROM flags FINAL WHERE NOT IsWithdrawn ORDER BY Time DESC, Rule, TraceId LIMIT {limit:UInt32}) AS flag
LEFT ANY JOIN (
    SELECT Project, TraceId, UserId
    FROM traces
    WHERE (Project, TraceId) IN (
        SELECT Project, TraceId FROM flags FINAL WHERE NOT IsWithdrawn ORDER BY Time DESC, Rule, TraceId LIMIT {limit:UInt32}
    )
) AS trace ON trace.Project = flag.Project AND trace.TraceId = flag.TraceId
ORDER BY time DESC, rule, trace
