-- Some complete sessions, as the view sessions has them, read by their traces: the view alone would look through all traces.
-- session_ids: which. A test holds it against the view.
-- Reads the granules of these sessions' traces.
SELECT
    Project,
    SessionId,
    min(trace.StartTime) AS StartTime,
    max(trace.EndTime) AS EndTime,
    count() AS TraceCount,
    sum(trace.SpanCount) AS SpanCount,
    sum(trace.LlmCount) AS LlmCount,
    sum(trace.ToolCount) AS ToolCount,
    sum(trace.ErrorCount) AS ErrorCount,
    sum(trace.InputTokens) AS InputTokens,
    sum(trace.OutputTokens) AS OutputTokens,
    sum(trace.CostUsd) AS CostUsd,
    max(trace.UserId) AS UserId,
    argMax(trace.Environment, trace.StartTime) AS Environment,
    argMax(trace.Release, trace.StartTime) AS Release,
    max(trace.Source) AS Source,
    arraySort(groupUniqArrayArray(trace.Tags)) AS Tags,
    max(trace.SamplingProbability) AS SamplingProbability,
    arraySort(groupUniqArrayArray(trace.Models)) AS Models,
    argMin(trace.Input, trace.StartTime) AS FirstInput,
    argMax(trace.Output, trace.StartTime) AS LastOutput,
    arrayMap(pair -> pair.2, arraySort(groupArray((trace.StartTime, trace.TraceId)))) AS TraceIds,
    max(trace.LastStoreTime) AS LastStoreTime
FROM traces AS trace
WHERE TraceId IN (SELECT arrayJoin(TraceIds) FROM session_completions WHERE SessionId IN {session_ids:Array(String)})
    AND SessionId IN {session_ids:Array(String)}
GROUP BY Project, SessionId
