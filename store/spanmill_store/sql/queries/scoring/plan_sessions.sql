-- Enter sessions that became complete into the ledgers of rules: filtered, sampled out, or waiting.
-- session_ids: which. As in scoring/plan_traces are rules, versions, now_ns, samples, strata, salts and sources; the position is
-- that of the session's id.
-- [conditions]: over the columns of sessions. [rows]: scoring/session_rows.
-- Reads the granules of these sessions' traces, and the ledger's rows of these sessions.
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SpanId, SessionId, State, Reason, Time, Revision, SamplingProbability, Stratum, IsOutcome)
WITH
    known AS
    (
        SELECT Project, SessionId, Rule, RuleVersion, max(ledger.Revision) AS Revision, argMax(State, Version) AS State,
            argMax(ledger.SamplingProbability, Version) AS Probability
        FROM score_ledger AS ledger
        WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(arrayZip({rules:Array(String)}, {versions:Array(String)})))
            AND TraceId = '' AND SessionId IN {session_ids:Array(String)}
        GROUP BY Project, SessionId, Rule, RuleVersion
    ),
    fresh AS
    (
        SELECT Project, SessionId, max(done.Revision) AS Revision
        FROM session_completions AS done
        WHERE SessionId IN {session_ids:Array(String)}
        GROUP BY Project, SessionId
    ),
    ifNull(known.State, '') AS known_state,
    known_state NOT IN ('', 'filtered', 'sampled_out') AS is_in,
    multiIf(
        is_in, 'waiting',
        NOT is_of_source OR NOT is_wanted, 'filtered',
        position >= rate, 'sampled_out',
        'waiting'
    ) AS state
SELECT Project, Rule, RuleVersion, '', '', SessionId, state,
    if(state = 'filtered' AND NOT is_of_source, concat('its source is ', source), ''),
    fromUnixTimestamp64Nano({now_ns:Int64}), decided.Revision, greatest(rate, if(is_in, known.Probability, 0)), stratum, false
FROM
(
    WITH arrayMap((rate, holds, at) -> if(at = 1 OR holds, rate, -1), rates, condition, arrayEnumerate(rates)) AS applying
    SELECT
        Project,
        SessionId,
        Revision,
        Rule,
        RuleVersion,
        source,
        has(allowed, source) AS is_of_source,
        condition[1] AS is_wanted,
        arrayMax(applying) AS rate,
        names[indexOf(applying, rate)] AS stratum,
        bitShiftRight(reinterpretAsUInt64(substring(SHA256(concat(salt, SessionId)), 1, 8)), 11) / 9007199254740992 AS position
    FROM
    (
        SELECT Project, SessionId, toString(Source) AS source, /*[conditions]*/ CAST([[1]] AS Array(Array(UInt8))) /*[/conditions]*/ AS conditions
        FROM (/*[rows]*/ SELECT * FROM sessions WHERE SessionId IN {session_ids:Array(String)} /*[/rows]*/)
    ) AS session
    INNER JOIN fresh USING (Project, SessionId)
    ARRAY JOIN conditions AS condition, {rules:Array(String)} AS Rule, {versions:Array(String)} AS RuleVersion,
        {salts:Array(String)} AS salt, {samples:Array(Array(Float64))} AS rates, {strata:Array(Array(String))} AS names,
        {sources:Array(Array(String))} AS allowed
) AS decided
LEFT JOIN known USING (Project, SessionId, Rule, RuleVersion)
WHERE known_state = '' OR known.Revision < decided.Revision
SETTINGS distributed_product_mode = 'local'
