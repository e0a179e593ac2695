-- What decides whether one trace is complete, of each project that has it.
-- trace_id: which.
-- Reads the granules of this trace.
SELECT
    Project, ServiceName, HasRoot, OpenSpans, IdleForS, ifNull(LatenessS, 0) AS LatenessS,
    ifNull(IsKnown, 0) AS IsComplete, ifNull(KnownRevision, 0) AS Revision, KnownTime AS CompleteSince,
    ifNull(KnownReason, '') AS Reason, ifNull(KnownIdleS, 0) AS IdleS, Sent
FROM
(
    SELECT Project, root.SpanId != '' AS HasRoot,
        if(HasRoot, root.ServiceName, service_name) AS ServiceName,
        arrayFilter(
            (parent, seen) -> parent != '' AND seen = 1,
            arrayDistinct(each_span.ParentSpanId),
            arraySlice(arrayEnumerateUniq(arrayConcat(each_span.SpanId, arrayDistinct(each_span.ParentSpanId))), length(each_span) + 1)
        ) AS OpenSpans,
        greatest(0, dateDiff('millisecond', last_store_time, now64(3)) / 1000) AS IdleForS,
        if(probability = 0, 1, probability) AS Sent
    FROM trace_rows
    WHERE TraceId = {trace_id:String}
) AS state
LEFT ANY JOIN
(
    SELECT Project, ServiceName, argMax(LatenessS, Time) AS LatenessS
    FROM service_lateness
    GROUP BY Project, ServiceName
) AS lateness USING (Project, ServiceName)
LEFT ANY JOIN
(
    SELECT Project, 1 AS IsKnown, argMax(Revision, StoreTime) AS KnownRevision, argMax(Time, StoreTime) AS KnownTime,
        argMax(Reason, StoreTime) AS KnownReason, argMax(IdleS, StoreTime) AS KnownIdleS
    FROM completions
    WHERE TraceId = {trace_id:String}
    GROUP BY Project
) AS known USING (Project)
ORDER BY Project
