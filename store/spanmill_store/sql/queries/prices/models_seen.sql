-- Models that spans with tokens name, the most called first, as a price is looked up.
-- within_s: only spans that came in during so many last seconds. limit: models.
-- Reads three columns of words and one of tokens of those spans.
SELECT toString(Provider) AS SeenProvider, lower(firstNonDefault(ResponseModel, RequestModel)) AS Model
FROM otel_traces
WHERE IngestTime >= now64(9) - toIntervalSecond({within_s:UInt32}) AND isNotNull(InputTokens) AND Model != ''
GROUP BY SeenProvider, Model
ORDER BY count() DESC, Model, SeenProvider
LIMIT {limit:UInt32}
