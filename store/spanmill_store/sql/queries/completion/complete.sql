-- Enter every trace that is complete by now: its root has ended, no span of it is known to be open, and for as long as spans
-- of its service come late, none has come. With open spans or without a root a trace is complete after a longer wait.
-- A known trace to which spans came late is complete again: with the next revision if that changes what scorers see, else
-- with the same one.
-- now_ns: the decision's time, nanoseconds since 1970; all else in milliseconds.
-- idle_from_ms … idle_until_ms, open_from_ms … open_until_ms, old_from_ms … old_until_ms: when the newest span of a trace was
-- stored, of traces that may be complete as they are, with open spans, and without a root.
-- late_from_ms: a trace that was complete before is not complete again, whatever was rewritten in it.
-- planner: who asks. idle_s: how long nothing has to come, at least; idle_max_s: at most, however late a service is;
-- open_s: with open spans; max_age_s: without a root. shares, share: one of so many equal shares of the traces, so that memory is bounded.
-- A span is open if spans below it came and it did not. A root whose parent lies in a program that sends nothing never
-- comes. Reads the index on LastStoreTime, and of the traces found there, their granules.
INSERT INTO completions (Project, TraceId, Revision, Time, StoreTime, ServiceName, Reason, IdleS, InputHash, Planner)
WITH
    fromUnixTimestamp64Nano({now_ns:Int64}) AS now,
    fresh AS
    (
        SELECT Project, TraceId
        FROM trace_parts
        WHERE ((LastStoreTime BETWEEN fromUnixTimestamp64Milli({idle_from_ms:Int64}) AND fromUnixTimestamp64Milli({idle_until_ms:Int64}))
                OR (LastStoreTime BETWEEN fromUnixTimestamp64Milli({open_from_ms:Int64}) AND fromUnixTimestamp64Milli({open_until_ms:Int64}))
                OR (LastStoreTime BETWEEN fromUnixTimestamp64Milli({old_from_ms:Int64}) AND fromUnixTimestamp64Milli({old_until_ms:Int64})))
            AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
        GROUP BY Project, TraceId
        HAVING (Project, TraceId, max(LastStoreTime)) NOT IN
        (
            SELECT Project, TraceId, StoreTime
            FROM completions
            WHERE ((StoreTime BETWEEN fromUnixTimestamp64Milli({idle_from_ms:Int64}) AND fromUnixTimestamp64Milli({idle_until_ms:Int64}))
                OR (StoreTime BETWEEN fromUnixTimestamp64Milli({open_from_ms:Int64}) AND fromUnixTimestamp64Milli({open_until_ms:Int64}))
                OR (StoreTime BETWEEN fromUnixTimestamp64Milli({old_from_ms:Int64}) AND fromUnixTimestamp64Milli({old_until_ms:Int64})))
        )
    ),
    greatest({idle_s:Float64}, least(ifNull(LatenessS, 0), {idle_max_s:Float64})) AS idle_s,
    ifNull(IsKnown, 0) = 1 AS is_known,
    is_known AND (ifNull(KnownHash, '') = hash OR ifNull(KnownTime, now) < fromUnixTimestamp64Milli({late_from_ms:Int64})) AS is_unchanged,
    multiIf(is_known, idle_s, NOT has_root, greatest(idle_s, {max_age_s:Float64}), is_open, greatest(idle_s, {open_s:Float64}), idle_s) AS needed_s
SELECT
    Project,
    TraceId,
    multiIf(NOT is_known, 0, is_unchanged, ifNull(KnownRevision, 0), ifNull(KnownRevision, 0) + 1) AS Revision,
    if(is_unchanged, ifNull(KnownTime, now), now) AS Time,
    store_time,
    ServiceName,
    multiIf(NOT has_root, 'no root', is_open, 'open spans', 'ended') AS Reason,
    needed_s,
    hash,
    {planner:String}
FROM
(
    WITH each_span.SpanId AS ids
    SELECT
        Project,
        TraceId,
        last_store_time AS store_time,
        root.SpanId != '' AS has_root,
        length(arrayDistinct(arrayConcat([''], ids, each_span.ParentSpanId))) > length(arrayDistinct(arrayConcat([''], ids))) AS is_open,
        if(has_root, root.ServiceName, service_name) AS ServiceName,
        lower(hex(sipHash128(root.SpanId, toUInt64(length(each_span)), toUInt64(countEqual(each_span.IsError, true)), end_time, input.Text, output.Text))) AS hash
    FROM trace_rows
    WHERE TraceId IN (SELECT TraceId FROM fresh) AND (Project, TraceId) IN (SELECT Project, TraceId FROM fresh)
) AS state
LEFT ANY JOIN
(
    SELECT Project, ServiceName, argMax(LatenessS, Time) AS LatenessS
    FROM service_lateness
    GROUP BY Project, ServiceName
) AS lateness USING (Project, ServiceName)
LEFT ANY JOIN
(
    SELECT Project, TraceId, 1 AS IsKnown, max(StoreTime) AS KnownStoreTime, argMax(Revision, StoreTime) AS KnownRevision,
        argMax(InputHash, StoreTime) AS KnownHash, argMax(Time, StoreTime) AS KnownTime
    FROM completions
    WHERE TraceId IN (SELECT TraceId FROM fresh)
    GROUP BY Project, TraceId
) AS known USING (Project, TraceId)
WHERE (NOT is_known OR store_time > ifNull(KnownStoreTime, store_time))
    AND dateDiff('millisecond', store_time, now) >= needed_s * 1000
SETTINGS distributed_product_mode = 'local'
