-- What the expressions of a rule say about the spans of a run. A part of sql_runs/evaluate.
-- run: which. [value], [label], [reason]: checked expressions over spans.
-- They are computed of what was taken up only, for they may fail on what the rule does not want. A span that is stored twice
-- is joined once.
-- InputHash leaves out the texts, as in targets/texts_of_spans: to read them takes twice as long as all else, and nothing
-- compares it, for what SQL says is computed anew each time. Reads the granules of these traces' spans.
SELECT Project, TraceId, SpanId, SessionId, spanmill_revision, spanmill_probability, spanmill_stratum, 1 AS spanmill_rows,
    lower(hex(sipHash128(SpanName, StatusCode, Duration))) AS spanmill_hash,
    CAST(/*[value]*/ NULL /*[/value]*/ AS Nullable(Float64)) AS spanmill_value,
    toValidUTF8(ifNull(toString(/*[label]*/ '' /*[/label]*/), '')) AS spanmill_label,
    toValidUTF8(ifNull(toString(/*[reason]*/ '' /*[/reason]*/), '')) AS spanmill_reason
FROM
(
    SELECT *
    FROM spans
    WHERE TraceId IN (SELECT TraceId FROM sql_runs WHERE Run = {run:UInt64} AND State = 'waiting')
) AS target
ANY INNER JOIN
(
    SELECT Project, TraceId, SpanId, Revision AS spanmill_revision, SamplingProbability AS spanmill_probability, Stratum AS spanmill_stratum
    FROM sql_runs
    WHERE Run = {run:UInt64} AND State = 'waiting'
) AS taken USING (Project, TraceId, SpanId)
SETTINGS distributed_product_mode = 'local'
