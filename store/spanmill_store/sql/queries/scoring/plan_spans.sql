-- Enter every span of a complete trace that one rule's ledger does not know into it: filtered, sampled out, or waiting.
-- rule, version, sample, salt, idle_from_ns, idle_until_ns, old_from_ns, old_until_ns, now_ns: as in plan_traces, as is
-- the cost. [where]: the rule's condition, a checked expression over spans.
-- Sampling is by trace id too, so a sampled trace's spans are scored together.
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SpanId, State, Reason, Time)
WITH candidates AS
(
    SELECT DISTINCT TraceId
    FROM trace_parts
    WHERE (LastIngestTime >= fromUnixTimestamp64Nano({idle_from_ns:Int64})
            AND LastIngestTime < fromUnixTimestamp64Nano({idle_until_ns:Int64}))
        OR (LastIngestTime >= fromUnixTimestamp64Nano({old_from_ns:Int64})
            AND LastIngestTime < fromUnixTimestamp64Nano({old_until_ns:Int64}))
),
complete AS
(
    SELECT Project, TraceId
    FROM traces
    WHERE TraceId IN (SELECT TraceId FROM candidates)
        AND ((HasRoot AND LastIngestTime < fromUnixTimestamp64Nano({idle_until_ns:Int64}))
            OR LastIngestTime < fromUnixTimestamp64Nano({old_until_ns:Int64}))
)
SELECT DISTINCT Project, {rule:String}, {version:String}, TraceId, SpanId,
    multiIf(NOT spanmill_wanted, 'filtered', spanmill_position >= {sample:Float64}, 'sampled_out', 'waiting'),
    '', fromUnixTimestamp64Nano({now_ns:Int64})
FROM
(
    SELECT Project, TraceId, SpanId, if(/*[where]*/ 1 /*[/where]*/, 1, 0) AS spanmill_wanted,
        bitShiftRight(reinterpretAsUInt64(substring(SHA256(concat({salt:String}, TraceId)), 1, 8)), 11) / 9007199254740992
            AS spanmill_position
    FROM spans
    WHERE TraceId IN (SELECT TraceId FROM candidates) AND (Project, TraceId) IN (SELECT Project, TraceId FROM complete)
)
WHERE (Project, TraceId, SpanId) NOT IN
(
    SELECT Project, TraceId, SpanId
    FROM score_ledger
    WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND TraceId IN (SELECT TraceId FROM candidates)
)
SETTINGS distributed_product_mode = 'local'
