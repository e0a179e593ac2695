-- Days with spans that have no cost and would have one by now, because the price of their model has become known.
-- within_s: only spans that came in during so many last seconds are looked at.
-- Reads one column of those spans, and of the few without a cost what a cost is computed from.
SELECT toString(toDate(Timestamp)) AS Day, count() AS Spans
FROM otel_traces
WHERE IngestTime >= now64(9) - toIntervalSecond({within_s:UInt32}) AND isNull(CostUsd) AND isNotNull(/*computed_cost*/)
GROUP BY Day
ORDER BY Day
