-- Write down what a rule says about each target that waits in a share of the traces: the same checks as
-- spanmill_scoring.outcomes, in SQL.
-- run, rule: which. now_ns: when it began. max_label, max_reason: characters that a label may and a reason can have.
-- nothing: the reason where the rule has nothing to say. below, above: a value is flagged below or above; infinite where the
-- rule flags none by value. labels: those that are flagged.
-- [said]: one of sql_runs/said_*, a row for each target that waits and is stored.
-- Reads the granules of these traces' spans.
INSERT INTO sql_runs (Run, Rule, State, Project, TraceId, SpanId, SessionId, Revision, SamplingProbability, Stratum, Value, Label, Rationale, InputHash, IsFlagged, Reason, Time)
WITH
    lengthUTF8(spanmill_label) AS label_chars,
    multiIf(
        spanmill_rows > 1, concat('the SELECT returned ', toString(spanmill_rows), ' rows for one target'),
        label_chars > {max_label:UInt32}, concat('the scorer returned nonsense: a label may have ', toString({max_label:UInt32}), ' characters, not ', toString(label_chars)),
        ifNull(NOT isFinite(spanmill_value), 0), concat('the scorer returned nonsense: the value is ', toString(assumeNotNull(spanmill_value))),
        ''
    ) AS mistake,
    mistake = '' AND (isNotNull(spanmill_value) OR spanmill_label != '') AS is_scored
SELECT {run:UInt64}, {rule:String},
    multiIf(mistake != '', 'scorer_error', NOT is_scored, 'filtered', spanmill_revision > 0, 'late_rescored', 'scored'),
    Project, TraceId, SpanId, SessionId, spanmill_revision, spanmill_probability, spanmill_stratum,
    if(is_scored, spanmill_value, NULL), if(is_scored, spanmill_label, ''),
    if(is_scored, leftUTF8(spanmill_reason, {max_reason:UInt32}), ''), spanmill_hash,
    is_scored AND (ifNull(spanmill_value < {below:Float64} OR spanmill_value > {above:Float64}, 0) OR has({labels:Array(String)}, spanmill_label)),
    if(mistake = '' AND NOT is_scored, {nothing:String}, mistake),
    fromUnixTimestamp64Nano({now_ns:Int64})
FROM
(
    /*[said]*/
    SELECT '' AS Project, '' AS TraceId, '' AS SpanId, '' AS SessionId, 0 AS spanmill_revision, 1. AS spanmill_probability,
        '' AS spanmill_stratum, '' AS spanmill_hash, 1 AS spanmill_rows, CAST(NULL AS Nullable(Float64)) AS spanmill_value,
        '' AS spanmill_label, '' AS spanmill_reason
    /*[/said]*/
)
SETTINGS distributed_product_mode = 'local'
