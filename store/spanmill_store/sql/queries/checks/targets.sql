-- Some of the targets that any version of a rule has scored: always the same ones of the same traffic, and no kind preferred.
-- rule: which. days: how far back. limit: targets.
-- Reads the scores of these days.
SELECT Project, TraceId, SpanId
FROM scores FINAL
WHERE Rule = {rule:String} AND Time >= subtractDays(now(), {days:UInt16})
GROUP BY Project, TraceId, SpanId
ORDER BY cityHash64(TraceId, SpanId), Project, TraceId, SpanId
LIMIT {limit:UInt32}
