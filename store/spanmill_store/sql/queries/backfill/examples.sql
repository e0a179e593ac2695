-- A few of the targets that would wait by a decision, chosen by their ids.
-- limit: how many. [decision]: the SELECT of scoring/plan or scoring/hold.
-- Reads what the decision reads.
SELECT Project, TraceId, SpanId, SessionId
FROM
(
    /*[decision]*/ SELECT '' AS Project, '' AS TraceId, '' AS SpanId, '' AS SessionId, 'waiting' AS state /*[/decision]*/
)
WHERE state = 'waiting'
ORDER BY cityHash64(TraceId, SpanId, SessionId)
LIMIT {limit:UInt32}
