-- Of how many targets that a rule holds the rules that it asks know nothing, by the rule asked: nobody has entered them there.
-- rule, version: the rule. needs, need_versions: those that it asks. [targets]: other targets than those which it holds, by the
-- SELECT of scoring/hold.
-- Reads State of the rule's range of the primary key, and the others' rows of what is held.
WITH
    held AS
    (
        /*[targets]*/
        SELECT Project, TraceId, SpanId, SessionId
        FROM score_ledger
        WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND (Project, TraceId, SpanId, SessionId) IN
        (
            SELECT Project, TraceId, SpanId, SessionId
            FROM score_ledger
            WHERE Rule = {rule:String} AND RuleVersion = {version:String} AND State = 'waiting'
        )
        GROUP BY Project, TraceId, SpanId, SessionId
        HAVING argMax(State, Version) = 'waiting' AND argMax(Held, Version) > 0
        /*[/targets]*/
    )
SELECT need.1 AS Rule, count() AS Targets
FROM
(
    SELECT Project, TraceId, SpanId, SessionId, arrayJoin(arrayZip({needs:Array(String)}, {need_versions:Array(String)})) AS need
    FROM (SELECT Project, TraceId, SpanId, SessionId FROM held)
) AS target
LEFT ANTI JOIN
(
    SELECT Project, TraceId, SpanId, SessionId, (toString(Rule), toString(RuleVersion)) AS need
    FROM score_ledger
    WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(arrayZip({needs:Array(String)}, {need_versions:Array(String)})))
        AND (TraceId, SessionId) IN (SELECT TraceId, SessionId FROM held)
    GROUP BY Project, TraceId, SpanId, SessionId, need
) AS known USING (Project, TraceId, SpanId, SessionId, need)
GROUP BY Rule
ORDER BY Rule
SETTINGS distributed_product_mode = 'local'
