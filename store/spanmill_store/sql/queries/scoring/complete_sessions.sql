-- Complete sessions, as targets.
-- session_ids: which.
-- Reads their completions.
SELECT Project, '' AS TraceId, '' AS SpanId, SessionId, max(done.Revision) AS Revision
FROM session_completions AS done
WHERE SessionId IN {session_ids:Array(String)}
GROUP BY Project, SessionId
