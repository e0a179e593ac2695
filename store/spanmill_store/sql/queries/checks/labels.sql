-- What people said of traces and spans under one name, the newest first.
-- name: of the score. days: how far back. limit: rows, hard cap.
-- Reads the scores of these days.
SELECT Project, TraceId, SpanId, Value, Label
FROM scores FINAL
WHERE Source = 'human' AND Name = {name:String} AND Time >= subtractDays(now(), {days:UInt16})
ORDER BY Time DESC, Project, TraceId, SpanId, ScoreId
LIMIT {limit:UInt32}
