-- Whether one session is known to be complete, in each project that has it, and since when nothing came to it.
-- session_id: which.
-- Reads the granules of its traces, found by the index on SessionId.
SELECT Project, TraceCount, OpenCount, IdleForS, ifNull(IsKnown, 0) AS IsComplete, ifNull(KnownRevision, 0) AS Revision,
    KnownTime AS CompleteSince, ifNull(KnownReason, '') AS Reason, Sent
FROM
(
    SELECT Project, count() AS TraceCount, countIf(trace.Stored > ifNull(completion.StoreTime, toDateTime64(0, 3))) AS OpenCount,
        greatest(0, dateDiff('millisecond', max(trace.Stored), now64(3)) / 1000) AS IdleForS,
        max(if(trace.Told = 0, 1, trace.Told)) AS Sent
    FROM
    (
        SELECT Project, TraceId, max(part.SessionId) AS SessionId, max(LastStoreTime) AS Stored,
            max(part.Probability) AS Told
        FROM trace_parts AS part
        WHERE TraceId IN (SELECT TraceId FROM trace_parts WHERE SessionId = {session_id:String})
        GROUP BY Project, TraceId
        HAVING SessionId = {session_id:String}
    ) AS trace
    LEFT ANY JOIN
    (
        SELECT Project, TraceId, max(done.StoreTime) AS StoreTime
        FROM completions AS done
        WHERE TraceId IN (SELECT TraceId FROM trace_parts WHERE SessionId = {session_id:String})
        GROUP BY Project, TraceId
    ) AS completion USING (Project, TraceId)
    GROUP BY Project
) AS session
LEFT ANY JOIN
(
    SELECT Project, 1 AS IsKnown, argMax(Revision, StoreTime) AS KnownRevision, argMax(Time, StoreTime) AS KnownTime,
        argMax(Reason, StoreTime) AS KnownReason
    FROM session_completions
    WHERE SessionId = {session_id:String}
    GROUP BY Project
) AS known USING (Project)
ORDER BY Project
SETTINGS distributed_product_mode = 'local'
