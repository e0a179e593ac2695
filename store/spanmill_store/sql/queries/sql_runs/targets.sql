-- The targets that a run has taken up.
-- run: which. Reads its keys.
SELECT Project, TraceId, SpanId
FROM sql_runs
WHERE Run = {run:UInt64} AND State = 'waiting'
ORDER BY Project, TraceId, SpanId
