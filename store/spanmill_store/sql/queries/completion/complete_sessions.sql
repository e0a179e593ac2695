-- Enter those of some sessions that are complete by now: all their traces are, and nothing came to them for long. A session
-- that never pauses is complete after a longer time, with those of its traces that are.
-- A known session to which more came is complete again: with the next revision if it has another trace or another revision
-- of one, else with the same one.
-- now_ns: the decision's time. session_ids: the sessions. idle_s: for how long nothing has to come; long_s: for how long what is
-- new waits at most. settled_ms: traces that got nothing since then count as complete, whoever looked at them.
-- from_ms: what is older is in the known revision. planner: who asks.
-- Reads the index on SessionId of what was stored since from_ms, and the granules of the sessions' traces.
INSERT INTO session_completions (Project, SessionId, Revision, Time, StoreTime, Reason, TraceIds, InputHash, Planner)
WITH
    fromUnixTimestamp64Nano({now_ns:Int64}) AS now,
    ids AS
    (
        SELECT TraceId
        FROM trace_parts
        WHERE SessionId IN {session_ids:Array(String)} AND LastStoreTime >= fromUnixTimestamp64Milli({from_ms:Int64})
        UNION DISTINCT
        SELECT arrayJoin(TraceIds) AS TraceId
        FROM session_completions
        WHERE SessionId IN {session_ids:Array(String)}
    ),
    ifNull(IsKnown, 0) = 1 AS is_known,
    is_known AND ifNull(KnownHash, '') = hash AS is_unchanged,
    arrayMin(arrayFilter(time -> NOT is_known OR time > ifNull(KnownStoreTime, time), complete_times)) AS oldest_news,
    open_count = 0 AND dateDiff('millisecond', last_time, now) >= {idle_s:Float64} * 1000 AS is_idle
SELECT
    Project,
    SessionId,
    multiIf(NOT is_known, 0, is_unchanged, ifNull(KnownRevision, 0), ifNull(KnownRevision, 0) + 1) AS Revision,
    if(is_unchanged, ifNull(KnownTime, now), now) AS Time,
    store_time,
    if(is_idle, 'idle', 'long') AS Reason,
    trace_ids,
    hash,
    {planner:String}
FROM
(
    WITH trace.Stored <= ifNull(completion.StoreTime, toDateTime64(0, 3)) OR trace.Stored < fromUnixTimestamp64Milli({settled_ms:Int64}) AS is_complete
    SELECT
        Project,
        SessionId,
        max(trace.Stored) AS last_time,
        maxIf(trace.Stored, is_complete) AS store_time,
        countIf(NOT is_complete) AS open_count,
        groupArrayIf(trace.Stored, is_complete) AS complete_times,
        arrayMap(pair -> pair.2, arraySort(groupArrayIf((Began, TraceId), is_complete))) AS trace_ids,
        lower(hex(sipHash128(arraySort(groupArrayIf((TraceId, ifNull(completion.Revision, 0)), is_complete))))) AS hash
    FROM
    (
        SELECT Project, TraceId, max(part.SessionId) AS SessionId, max(LastStoreTime) AS Stored, min(StartTime) AS Began
        FROM trace_parts AS part
        WHERE TraceId IN (SELECT TraceId FROM ids)
        GROUP BY Project, TraceId
        HAVING SessionId IN {session_ids:Array(String)}
    ) AS trace
    LEFT ANY JOIN
    (
        SELECT Project, TraceId, max(done.StoreTime) AS StoreTime, argMax(done.Revision, done.StoreTime) AS Revision
        FROM completions AS done
        WHERE TraceId IN (SELECT TraceId FROM ids)
        GROUP BY Project, TraceId
    ) AS completion USING (Project, TraceId)
    GROUP BY Project, SessionId
) AS session
LEFT ANY JOIN
(
    SELECT Project, SessionId, 1 AS IsKnown, max(done.StoreTime) AS KnownStoreTime, argMax(done.Revision, done.StoreTime) AS KnownRevision,
        argMax(done.InputHash, done.StoreTime) AS KnownHash, argMax(done.Time, done.StoreTime) AS KnownTime
    FROM session_completions AS done
    WHERE SessionId IN {session_ids:Array(String)}
    GROUP BY Project, SessionId
) AS known USING (Project, SessionId)
WHERE notEmpty(trace_ids) AND (NOT is_known OR store_time > ifNull(KnownStoreTime, store_time))
    AND (is_idle OR dateDiff('millisecond', oldest_news, now) >= {long_s:Float64} * 1000)
SETTINGS distributed_product_mode = 'local'
