-- What a rule's own SELECT says about the traces that wait. A part of sql_runs/evaluate.
-- [waiting]: one of sql_runs/waiting_*.
-- [select]: a checked SELECT that returns TraceId with value, label or both. [value], [label], [reason]: its
-- columns of these names, where it has them. The condition on TraceId reaches into it where ClickHouse can push it down.
-- Reads what the SELECT reads, and the granules of these traces' spans.
SELECT Project, TraceId, '' AS SpanId, SessionId, spanmill_revision, spanmill_probability, spanmill_stratum, spanmill_rows,
    spanmill_hash, spanmill_value, spanmill_label, spanmill_reason
FROM
(
    SELECT Project, TraceId, SessionId,
        lower(hex(sipHash128(RootSpanId, SpanCount, ErrorCount, EndTime, Input, Output))) AS spanmill_hash
    FROM traces
    WHERE TraceId IN (SELECT TraceId FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/))
) AS target
ANY INNER JOIN
(
    SELECT Project, TraceId, Revision AS spanmill_revision, SamplingProbability AS spanmill_probability, Stratum AS spanmill_stratum
    FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/)
) AS waiting USING (Project, TraceId)
ANY LEFT JOIN
(
    SELECT TraceId, count() AS spanmill_rows, any(CAST(/*[value]*/ NULL /*[/value]*/ AS Nullable(Float64))) AS spanmill_value,
        any(toValidUTF8(ifNull(toString(/*[label]*/ '' /*[/label]*/), ''))) AS spanmill_label,
        any(toValidUTF8(ifNull(toString(/*[reason]*/ '' /*[/reason]*/), ''))) AS spanmill_reason
    FROM
    (
        /*[select]*/ SELECT '' AS TraceId, '' AS SpanId, NULL AS value, '' AS label, '' AS reason /*[/select]*/
    )
    WHERE TraceId IN (SELECT TraceId FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/))
    GROUP BY TraceId
) AS said USING (TraceId)
SETTINGS distributed_product_mode = 'local'
