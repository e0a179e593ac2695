-- What the expressions of a rule say about the spans that wait. A part of sql_runs/evaluate.
-- [waiting]: one of sql_runs/waiting_*. [value], [label], [reason]: checked expressions over spans.
-- [from]: spans, or span_facts, where they name no content and no attributes.
-- They are computed of what waits only, for they may fail on what the rule does not want. A span that is stored twice
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
    SELECT *, sipHash128(Project, TraceId, SpanId) AS spanmill_key
    FROM /*[from]*/ spans /*[/from]*/
    WHERE TraceId IN (SELECT TraceId FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/))
) AS target
ANY INNER JOIN
(
    SELECT sipHash128(Project, TraceId, SpanId) AS spanmill_key, Revision AS spanmill_revision, SamplingProbability AS spanmill_probability, Stratum AS spanmill_stratum
    FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/)
) AS waiting USING (spanmill_key)
SETTINGS distributed_product_mode = 'local'
