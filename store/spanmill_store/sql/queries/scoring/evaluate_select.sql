-- What one SQL rule's own SELECT says about some targets.
-- trace_ids: a batch of a job; the condition on TraceId reaches into the SELECT where ClickHouse can push it down.
-- [select]: a checked SELECT that returns TraceId (and SpanId) with value, label or both.
SELECT *
FROM
(
    /*[select]*/ SELECT '' AS TraceId, '' AS SpanId, NULL AS value, '' AS label, '' AS reason /*[/select]*/
)
WHERE TraceId IN {trace_ids:Array(String)}
