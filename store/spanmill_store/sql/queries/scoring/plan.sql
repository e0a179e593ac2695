-- Enter complete targets into the ledgers of rules: filtered, sampled out, or waiting. A target is a trace, a span or a session.
-- rules, versions: the rules. now_ns: the decision's time. is_of_spans: whether the targets are spans.
-- samples, strata: for each rule the rates in [0, 1] and the names that belong to them, its own rate, under '', first. The
-- highest rate that applies is the target's. salts: for each rule '', where it sees the same position of a target as others do.
-- sources: for each rule those of traffic that it looks at. Calls of our judges are nobody's traffic: of them only the rules know
-- that ask for them.
-- The position in [0, 1) is spanmill_scoring.sampling.position, of the trace or the session: the spans of a sampled trace are
-- scored together. Who came in stays in: a target that was sampled of an earlier revision waits again, and one that was not
-- may come in. So its probability is the highest rate it ever had, times that with which the application sent it at all. A span does not change, so one that is known is left alone.
-- [fresh]: scoring/complete_traces or scoring/complete_sessions, with their parameters. [rows]: scoring/rows_of_traces,
-- rows_of_spans or rows_of_sessions. [asked]: of which of them the ledger may know anything. [into]: nothing, to decide without
-- entering anything.
-- Reads what these read, and the ledger's rows of what it is asked about; entering a target again changes nothing. Rows are unlike
-- each other, so none is looked for twice: of fifty thousand that takes a fifth of the time.
/*[into]*/
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SpanId, SessionId, State, Reason, Time, Revision, SamplingProbability, Stratum, IsOutcome)
/*[/into]*/
WITH
    fresh AS
    (
        /*[fresh]*/ SELECT Project, TraceId, '' AS SessionId, max(done.Revision) AS Revision FROM completions AS done GROUP BY Project, TraceId /*[/fresh]*/
    ),
    known AS
    (
        SELECT Project, TraceId, SpanId, SessionId, Rule, RuleVersion, max(ledger.Revision) AS Revision, argMax(State, Version) AS State,
            argMax(ledger.SamplingProbability, Version) AS Probability
        FROM score_ledger AS ledger
        WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(arrayZip({rules:Array(String)}, {versions:Array(String)})))
            AND /*[asked]*/ (TraceId, SessionId) IN (SELECT TraceId, SessionId FROM fresh) /*[/asked]*/
        GROUP BY Project, TraceId, SpanId, SessionId, Rule, RuleVersion
    ),
    ifNull(known.State, '') AS known_state,
    known_state NOT IN ('', 'filtered', 'sampled_out') AS is_in,
    multiIf(
        is_in, 'waiting',
        NOT is_of_source OR NOT is_wanted, 'filtered',
        position >= rate, 'sampled_out',
        'waiting'
    ) AS state
SELECT Project, Rule, RuleVersion, TraceId, SpanId, SessionId, state,
    if(state = 'filtered' AND NOT is_of_source, concat('its source is ', source), ''),
    fromUnixTimestamp64Nano({now_ns:Int64}), decided.Revision, greatest(rate * sent, if(is_in, known.Probability, 0)), stratum, false
FROM
(
    WITH arrayMap((rate, holds, at) -> if(at = 1 OR holds, rate, -1), rates, condition, arrayEnumerate(rates)) AS applying
    SELECT
        Project,
        TraceId,
        target.SpanId AS SpanId,
        SessionId,
        Revision,
        Rule,
        RuleVersion,
        source,
        sent,
        has(allowed, source) AS is_of_source,
        condition[1] AS is_wanted,
        arrayMax(applying) AS rate,
        names[indexOf(applying, rate)] AS stratum,
        bitShiftRight(reinterpretAsUInt64(substring(SHA256(concat(salt, TraceId, SessionId)), 1, 8)), 11) / 9007199254740992 AS position
    FROM
    (
        /*[rows]*/ SELECT Project, TraceId, '' AS SpanId, '' AS SessionId, '' AS source, 1 AS sent, [[1]] AS conditions FROM completions /*[/rows]*/
    ) AS target
    INNER JOIN fresh USING (Project, TraceId, SessionId)
    ARRAY JOIN conditions AS condition, {rules:Array(String)} AS Rule, {versions:Array(String)} AS RuleVersion,
        {salts:Array(String)} AS salt, {samples:Array(Array(Float64))} AS rates, {strata:Array(Array(String))} AS names,
        {sources:Array(Array(String))} AS allowed
) AS decided
LEFT JOIN known USING (Project, TraceId, SpanId, SessionId, Rule, RuleVersion)
WHERE (known_state = '' OR (NOT {is_of_spans:Bool} AND known.Revision < decided.Revision))
    AND (source != 'judge' OR is_of_source)
SETTINGS distributed_product_mode = 'local', optimize_on_insert = 0
