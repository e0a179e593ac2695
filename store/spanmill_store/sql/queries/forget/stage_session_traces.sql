-- Put the traces of the sessions in the list into the list too.
-- pass: the list. time_ns: what began later is new, and stays.
INSERT INTO forgetting (Pass, What, Project, Id)
SELECT DISTINCT {pass:UInt64}, 'trace', Project, TraceId
FROM otel_traces
WHERE Timestamp < fromUnixTimestamp64Nano({time_ns:Int64}) AND TraceId != ''
    AND (Project, SessionId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'session')
    AND (Project, TraceId) NOT IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace')
