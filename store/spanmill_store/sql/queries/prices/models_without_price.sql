-- Models whose calls have no cost although they say their tokens, the most called first.
-- within_s: only spans that came in during so many last seconds. limit: models.
-- Reads the column CostUsd of those spans, and words and tokens of those without a cost.
SELECT toString(Provider) AS SeenProvider, lower(firstNonDefault(ResponseModel, RequestModel)) AS Model, count() AS Calls
FROM otel_traces
WHERE IngestTime >= now64(9) - toIntervalSecond({within_s:UInt32})
    AND isNull(CostUsd) AND isNotNull(InputTokens) AND Model != ''
GROUP BY SeenProvider, Model
ORDER BY Calls DESC, Model, SeenProvider
LIMIT {limit:UInt32}
