-- Enter traces that became complete into the ledgers of rules: filtered, sampled out, or waiting.
-- rules, versions: the rules. since_ns: after when the traces became complete. now_ns: the decision's time.
-- but: traces that this planner found are left out. shares, share: one of so many equal shares of the traces, so that memory
-- is bounded.
-- [conditions]: for each rule an array: whether it wants a row, then whether the row is of each of its strata.
-- samples, strata: for each rule the rates in [0, 1] and the names that belong to them, its own rate, under '', first. The
-- highest rate that applies is the row's. salts: for each rule '', where it sees the same position of a trace as others do.
-- sources: for each rule those of traffic that it looks at. Calls of our judges are nobody's traffic: of them only the rules know
-- that ask for them.
-- The position in [0, 1) is spanmill_scoring.sampling.position. Who came in stays in: a target that was sampled of an earlier
-- revision waits again, and one that was not may come in. So its probability is the highest rate it ever had.
-- [into], [chosen], [asked], [again]: what spanmill_store.scoring.backfill puts in the place of what became complete lately.
-- Entering a target again changes nothing, so the ledger is only asked about traces that were complete before. Reads
-- completions of that time, and the granules of their traces.
/*[into]*/
INSERT INTO score_ledger (Project, Rule, RuleVersion, TraceId, SpanId, State, Reason, Time, Revision, SamplingProbability, Stratum, IsOutcome)
/*[/into]*/
WITH
    known AS
    (
        SELECT Project, TraceId, Rule, RuleVersion, max(ledger.Revision) AS Revision, argMax(State, Version) AS State,
            argMax(ledger.SamplingProbability, Version) AS Probability
        FROM score_ledger AS ledger
        WHERE (Rule, RuleVersion) IN (SELECT arrayJoin(arrayZip({rules:Array(String)}, {versions:Array(String)}))) AND SpanId = ''
            AND /*[asked]*/ TraceId IN (SELECT TraceId FROM completions WHERE Revision > 0 AND Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}) /*[/asked]*/
        GROUP BY Project, TraceId, Rule, RuleVersion
    ),
    fresh AS
    (
        SELECT Project, TraceId, max(completions.Revision) AS Revision
        FROM completions
        WHERE /*[chosen]*/ Time > fromUnixTimestamp64Nano({since_ns:Int64}) AND Planner != {but:String} /*[/chosen]*/
            AND cityHash64(TraceId) % {shares:UInt32} = {share:UInt32}
        GROUP BY Project, TraceId
    ),
    ifNull(known.State, '') AS known_state,
    known_state NOT IN ('', 'filtered', 'sampled_out') AS is_in,
    multiIf(
        is_in, 'waiting',
        NOT is_of_source OR NOT is_wanted, 'filtered',
        position >= rate, 'sampled_out',
        'waiting'
    ) AS state
SELECT Project, Rule, RuleVersion, TraceId, '' AS SpanId, state,
    if(state = 'filtered' AND NOT is_of_source, concat('its source is ', source), ''),
    fromUnixTimestamp64Nano({now_ns:Int64}), decided.Revision, greatest(rate, if(is_in, known.Probability, 0)), stratum, false
FROM
(
    WITH arrayMap((rate, holds, at) -> if(at = 1 OR holds, rate, -1), rates, condition, arrayEnumerate(rates)) AS applying
    SELECT
        Project,
        TraceId,
        Revision,
        Rule,
        RuleVersion,
        source,
        has(allowed, source) AS is_of_source,
        condition[1] AS is_wanted,
        arrayMax(applying) AS rate,
        names[indexOf(applying, rate)] AS stratum,
        bitShiftRight(reinterpretAsUInt64(substring(SHA256(concat(salt, TraceId)), 1, 8)), 11) / 9007199254740992 AS position
    FROM
    (
        SELECT Project, TraceId, toString(Source) AS source, /*[conditions]*/ CAST([[1]] AS Array(Array(UInt8))) /*[/conditions]*/ AS conditions
        FROM traces
        WHERE TraceId IN (SELECT TraceId FROM fresh) AND (Project, TraceId) IN (SELECT Project, TraceId FROM fresh)
    ) AS trace
    INNER JOIN fresh USING (Project, TraceId)
    ARRAY JOIN conditions AS condition, {rules:Array(String)} AS Rule, {versions:Array(String)} AS RuleVersion,
        {salts:Array(String)} AS salt, {samples:Array(Array(Float64))} AS rates, {strata:Array(Array(String))} AS names,
        {sources:Array(Array(String))} AS allowed
) AS decided
LEFT JOIN known USING (Project, TraceId, Rule, RuleVersion)
WHERE (/*[again]*/ decided.Revision = 0 OR /*[/again]*/ known_state = '' OR known.Revision < decided.Revision)
    AND (source != 'judge' OR is_of_source)
SETTINGS distributed_product_mode = 'local'
