-- Enter every complete trace that one rule's ledger does not know into it: filtered, sampled out, or waiting.
-- rule, version: the rule. sample: rate in [0, 1]. salt: '' where all rules see the same position of a trace.
-- idle_from_ns … idle_until_ns: when the newest span of a trace with a root was received. old_from_ns … old_until_ns: the
-- same for a trace without one. now_ns: the decision's time. [where]: the rule's condition, a checked expression.
-- The position in [0, 1) is spanmill_scoring.sampling.position. Candidates are found by the index on LastIngestTime, all
-- else by trace id, so the cost is that of the traces received within the window, not that of the table.
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SpanId, State, Reason, Time)
WITH candidates AS
(
    SELECT DISTINCT TraceId
    FROM trace_parts
    WHERE (LastIngestTime >= fromUnixTimestamp64Nano({idle_from_ns:Int64})
            AND LastIngestTime < fromUnixTimestamp64Nano({idle_until_ns:Int64}))
        OR (LastIngestTime >= fromUnixTimestamp64Nano({old_from_ns:Int64})
            AND LastIngestTime < fromUnixTimestamp64Nano({old_until_ns:Int64}))
)
SELECT Project, {rule:String}, {version:String}, TraceId, '',
    multiIf(NOT spanmill_wanted, 'filtered', spanmill_position >= {sample:Float64}, 'sampled_out', 'waiting'),
    '', fromUnixTimestamp64Nano({now_ns:Int64})
FROM
(
    SELECT Project, TraceId, if(/*[where]*/ 1 /*[/where]*/, 1, 0) AS spanmill_wanted,
        bitShiftRight(reinterpretAsUInt64(substring(SHA256(concat({salt:String}, TraceId)), 1, 8)), 11) / 9007199254740992
            AS spanmill_position
    FROM traces
    WHERE TraceId IN (SELECT TraceId FROM candidates)
        AND ((HasRoot AND LastIngestTime < fromUnixTimestamp64Nano({idle_until_ns:Int64}))
            OR LastIngestTime < fromUnixTimestamp64Nano({old_until_ns:Int64}))
)
WHERE (Project, TraceId) NOT IN
(
    SELECT Project, TraceId
    FROM score_ledger
    WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND TraceId IN (SELECT TraceId FROM candidates)
)
SETTINGS distributed_product_mode = 'local'
