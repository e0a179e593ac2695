-- Targets of a rule that wait for scores of other rules, and for which all of these have come to a final state.
-- rule, version: the rule. needs, need_versions: the others. is_of_spans: spans have no revisions.
-- limit: hard cap, the rest comes in a later tick.
-- Reads State of the rule's range of the primary key, and the others' rows of what waits.
WITH
    held AS
    (
        SELECT Project, TraceId, SpanId, SessionId, max(ledger.Revision) AS Revision, argMax(ledger.Held, Version) AS Held,
            argMax(ledger.SamplingProbability, Version) AS Probability
        FROM score_ledger AS ledger
        WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND (Project, TraceId, SpanId, SessionId) IN
        (
            SELECT Project, TraceId, SpanId, SessionId
            FROM score_ledger
            WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND State = 'waiting'
        )
        GROUP BY Project, TraceId, SpanId, SessionId
        HAVING argMax(State, Version) = 'waiting' AND Held > 0
    )
SELECT Project, TraceId, SpanId, SessionId, held.Revision AS Revision, Held, Probability
FROM (SELECT * FROM held) AS held
LEFT ANY JOIN
(
    SELECT Project, TraceId, SpanId, SessionId, count() AS Done, min(Reached) AS DoneRevision
    FROM
    (
        SELECT Project, Rule, RuleVersion, TraceId, SpanId, SessionId, max(Revision) AS Reached
        FROM score_ledger
        WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(arrayZip({needs:Array(String)}, {need_versions:Array(String)})))
            AND (TraceId, SessionId) IN (SELECT TraceId, SessionId FROM held)
        GROUP BY Project, Rule, RuleVersion, TraceId, SpanId, SessionId
        HAVING argMax(State, Version) != 'waiting'
    )
    GROUP BY Project, TraceId, SpanId, SessionId
) AS done USING (Project, TraceId, SpanId, SessionId)
WHERE ifNull(Done, 0) = length({needs:Array(String)})
    AND ({is_of_spans:Bool} OR empty({needs:Array(String)}) OR ifNull(DoneRevision, 0) >= held.Revision)
ORDER BY Project, TraceId, SpanId, SessionId
LIMIT {limit:UInt32}
SETTINGS distributed_product_mode = 'local'
