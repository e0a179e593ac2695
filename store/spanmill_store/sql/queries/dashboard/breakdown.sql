-- The same for the whole time, by kind of work and by name: models, tools, agents, and applications (SpanType trace).
-- project: whose. since, before: which time, UTC. service: only this one, empty for all. source: likewise, empty for all
-- but calls of our judges.
-- limit: how many names of each kind, the most frequent first.
-- Reads usage by the minute, and no span.
SELECT
    SpanType,
    Name,
    sum(Count) AS Count,
    sum(Errors) AS Errors,
    sum(usage_sketches.InputTokens) AS InputTokens,
    sum(usage_sketches.OutputTokens) AS OutputTokens,
    sum(usage_sketches.CostUsd) AS CostUsd,
    sum(usage_sketches.Unpriced) AS Unpriced,
    quantilesDDMerge(0.01, 0.5, 0.95)(Durations) AS Durations
FROM usage_sketches
WHERE Project = {project:String} AND Minute >= {since:DateTime} AND Minute < {before:DateTime}
    AND ({service:String} = '' OR ServiceName = {service:String})
    AND if({source:String} = '', Source != 'judge', Source = {source:String})
GROUP BY SpanType, Name
ORDER BY SpanType, sum(usage_sketches.Count) DESC, Name
LIMIT {limit:UInt32} BY SpanType
