-- What the expressions of a rule say about the traces that wait. A part of sql_runs/evaluate.
-- [waiting]: one of sql_runs/waiting_*. [value], [label], [reason]: checked expressions over traces.
-- [from]: traces, or trace_facts, where they name no tokens and no cost.
-- They are computed of what waits only, for they may fail on what the rule does not want.
-- Reads the granules of these traces' spans.
SELECT Project, TraceId, '' AS SpanId, SessionId, spanmill_revision, spanmill_probability, spanmill_stratum, 1 AS spanmill_rows,
    lower(hex(sipHash128(RootSpanId, SpanCount, ErrorCount, EndTime, Input, Output))) AS spanmill_hash,
    CAST(/*[value]*/ NULL /*[/value]*/ AS Nullable(Float64)) AS spanmill_value,
    toValidUTF8(ifNull(toString(/*[label]*/ '' /*[/label]*/), '')) AS spanmill_label,
    toValidUTF8(ifNull(toString(/*[reason]*/ '' /*[/reason]*/), '')) AS spanmill_reason
FROM
(
    SELECT *, sipHash128(Project, TraceId) AS spanmill_key
    FROM /*[from]*/ traces /*[/from]*/
    WHERE TraceId IN (SELECT TraceId FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/))
) AS target
ANY INNER JOIN
(
    SELECT sipHash128(Project, TraceId) AS spanmill_key, Revision AS spanmill_revision, SamplingProbability AS spanmill_probability, Stratum AS spanmill_stratum
    FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/)
) AS waiting USING (spanmill_key)
SETTINGS distributed_product_mode = 'local'
