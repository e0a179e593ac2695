-- A few of the targets that would wait by a decision, chosen by their ids.
-- limit: how many. [decision]: the SELECT of scoring/plan_traces or scoring/plan_spans.
-- Reads what the decision reads.
SELECT Project, TraceId, SpanId
FROM
(
    /*[decision]*/ SELECT '' AS Project, '' AS TraceId, '' AS SpanId, 'waiting' AS state /*[/decision]*/
)
WHERE state = 'waiting'
ORDER BY cityHash64(TraceId, SpanId)
LIMIT {limit:UInt32}
