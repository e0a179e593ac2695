-- What one SQL rule's own SELECT says about some sessions.
-- session_ids: a batch of a job; the condition on SessionId reaches into the SELECT where ClickHouse can push it down.
-- [select]: a checked SELECT that returns Project and SessionId with value, label or both.
SELECT *
FROM
(
    /*[select]*/ SELECT '' AS Project, '' AS SessionId, NULL AS value, '' AS label, '' AS reason /*[/select]*/
)
WHERE SessionId IN {session_ids:Array(String)}
