-- What happened over time: spans, traces, errors, tokens, cost and durations of traces and of calls to models.
-- project: whose. since, before: which time, UTC. step_s: seconds in one point. service: only this one, empty for all.
-- source: production, or any of the others, empty for all but calls of our judges.
-- Reads usage by the minute, and no span.
SELECT
    toStartOfInterval(Minute, toIntervalSecond({step_s:UInt32})) AS Time,
    sumIf(Count, SpanType = 'trace') AS Traces,
    sumIf(Errors, SpanType = 'trace') AS FailedTraces,
    sumIf(Count, SpanType != 'trace') AS Spans,
    sumIf(Count, SpanType = 'llm') AS Calls,
    sumIf(Errors, SpanType = 'llm') AS FailedCalls,
    sum(InputTokens) AS InputTokens,
    sum(OutputTokens) AS OutputTokens,
    sum(CachedTokens) AS CachedTokens,
    sum(CostUsd) AS CostUsd,
    sum(Unpriced) AS Unpriced,
    quantilesDDMergeIf(0.01, 0.5, 0.95)(Durations, SpanType = 'trace') AS TraceDurations,
    quantilesDDMergeIf(0.01, 0.5, 0.95)(Durations, SpanType = 'llm') AS CallDurations
FROM usage_sketches
WHERE Project = {project:String} AND Minute >= {since:DateTime} AND Minute < {before:DateTime}
    AND ({service:String} = '' OR ServiceName = {service:String})
    AND if({source:String} = '', Source != 'judge', Source = {source:String})
GROUP BY Time
ORDER BY Time
