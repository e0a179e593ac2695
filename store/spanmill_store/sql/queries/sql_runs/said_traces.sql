-- What the expressions of a rule say about the traces of a run. A part of sql_runs/evaluate.
-- run: which. [value], [label], [reason]: checked expressions over traces.
-- They are computed of what was taken up only, for they may fail on what the rule does not want.
-- Reads the granules of these traces' spans.
SELECT Project, TraceId, '' AS SpanId, SessionId, spanmill_revision, spanmill_probability, spanmill_stratum, 1 AS spanmill_rows,
    lower(hex(sipHash128(RootSpanId, SpanCount, ErrorCount, EndTime, Input, Output))) AS spanmill_hash,
    CAST(/*[value]*/ NULL /*[/value]*/ AS Nullable(Float64)) AS spanmill_value,
    toValidUTF8(ifNull(toString(/*[label]*/ '' /*[/label]*/), '')) AS spanmill_label,
    toValidUTF8(ifNull(toString(/*[reason]*/ '' /*[/reason]*/), '')) AS spanmill_reason
FROM
(
    SELECT *
    FROM traces
    WHERE TraceId IN (SELECT TraceId FROM sql_runs WHERE Run = {run:UInt64} AND State = 'waiting')
) AS target
ANY INNER JOIN
(
    SELECT Project, TraceId, Revision AS spanmill_revision, SamplingProbability AS spanmill_probability, Stratum AS spanmill_stratum
    FROM sql_runs
    WHERE Run = {run:UInt64} AND State = 'waiting'
) AS taken USING (Project, TraceId)
SETTINGS distributed_product_mode = 'local'
