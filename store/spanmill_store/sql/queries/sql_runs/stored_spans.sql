-- Which of the spans that wait are stored. A part of sql_runs/gone.
-- [waiting]: one of sql_runs/waiting_*. Reads the granules of these traces' spans.
SELECT Project, TraceId, SpanId
FROM otel_traces
WHERE TraceId IN (SELECT TraceId FROM (/*[waiting]*/ SELECT Project, TraceId, SpanId, Revision, SamplingProbability, Stratum FROM score_ledger LIMIT 0 /*[/waiting]*/))
SETTINGS distributed_product_mode = 'local'
