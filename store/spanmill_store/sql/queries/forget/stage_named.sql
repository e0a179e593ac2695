-- Put the traces that name a user or a session into the list of what goes: by a span, by the trace's row, or by a log record.
-- pass: the list. what: 'user' or 'session'. hash: of its id; k0, k1: key of the hash. project: '' for all.
-- time_ns: what began later is new, and stays. names: attributes that hold such an id.
-- Reads the attributes of everything that began before: once per request, not per tick.
INSERT INTO forgetting (Pass, What, Project, Id)
SELECT {pass:UInt64}, 'trace', Project, TraceId
FROM
(
    SELECT Project, TraceId
    FROM otel_traces
    WHERE Timestamp < fromUnixTimestamp64Nano({time_ns:Int64}) AND ({project:String} = '' OR Project = {project:String})
        AND arrayExists(
            id -> id != '' AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), id) = unhex({hash:String}),
            arrayConcat(
                [trim(BOTH '"' FROM if({what:String} = 'user', UserId, SessionId))],
                arrayMap(name -> trim(BOTH '"' FROM SpanAttributes[name]), {names:Array(String)}),
                arrayMap(name -> trim(BOTH '"' FROM ResourceAttributes[name]), {names:Array(String)})
            )
        )
    UNION ALL
    SELECT Project, TraceId
    FROM trace_parts
    WHERE StartTime < fromUnixTimestamp64Nano({time_ns:Int64}) AND ({project:String} = '' OR Project = {project:String})
        AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM if({what:String} = 'user', UserId, SessionId))) = unhex({hash:String})
    UNION ALL
    SELECT Project, TraceId
    FROM otel_logs
    WHERE Timestamp < fromUnixTimestamp64Nano({time_ns:Int64}) AND ({project:String} = '' OR Project = {project:String})
        AND arrayExists(
            id -> id != '' AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), id) = unhex({hash:String}),
            arrayConcat(
                arrayMap(name -> trim(BOTH '"' FROM LogAttributes[name]), {names:Array(String)}),
                arrayMap(name -> trim(BOTH '"' FROM ResourceAttributes[name]), {names:Array(String)})
            )
        )
)
WHERE TraceId != ''
GROUP BY Project, TraceId
